"""Schedules: functions from the step to a factor on learning rates or on the penalty, one a file."""

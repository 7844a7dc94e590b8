"""Grey of a colour."""

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R 601

"""The `Graph` of a generator, by torch.export."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx, nn
from torch.fx.node import map_arg

from gan_lightning.export.graph import Graph
from gan_lightning.export.graph_operations import Operations, shape_of
from gan_lightning.export.inference import plain_network
from gan_lightning.nn.labels import num_classes_of

IGNORED = ("_assert_tensor_metadata", "promote_types", "sym_size")


def trace_graph(generator: nn.Module, latent_dim: int) -> Graph:
    """The graph of a generator at batch 1: input "latent" and, for conditional ones, input "label".

    Raises:
        UsageError: the generator has an operation that is not known here.
    """
    network = plain_network(generator)
    keywords = {"label": torch.zeros(1, dtype=torch.int64)} if num_classes_of(generator) else {}
    with torch.no_grad():
        program = torch.export.export(network, (torch.randn(1, latent_dim),), keywords)
        return _translated(program.module())


def _translated(module: fx.GraphModule) -> Graph:
    """The graph of a traced module: what depends on the inputs becomes nodes, all else is computed at once."""
    found = Operations()
    for node in module.graph.nodes:
        if node.op == "placeholder":
            name = "label" if node.name == "label" else "latent"
            found.index[node] = found.graph.add("input", [], shape_of(node), name=name)
        elif node.op == "get_attr":
            found.known[node] = operator.attrgetter(str(node.target))(module)
        elif node.op == "call_function" and (name := _name(node)) not in IGNORED:
            if any(source in found.index for source in node.all_input_nodes):
                found.index[node] = found.add(node, name)
            else:
                arguments: Any = map_arg(node.args, found.known.__getitem__)
                keywords: Any = map_arg(node.kwargs, found.known.__getitem__)
                found.known[node] = node.target(*arguments, **keywords)
    return found.graph


def _name(node: fx.Node) -> str:
    """Name of a call's operation, without its overload: `relu` of `aten.relu.default`."""
    packet: Any = getattr(node.target, "overloadpacket", node.target)
    return str(packet.__name__)

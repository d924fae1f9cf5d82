"""Run a model once and note what goes into each of its parts and what comes out."""

import inspect
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Call:
    """One call of a module: its arguments by name and its output."""

    arguments: dict
    output: object

    @property
    def out(self):
        """The shape of the (first) tensor that came out, or None."""
        return shape_of(self.output)

    def shape(self, name):
        """The shape of an argument, or None where it is no tensor."""
        return shape_of(self.arguments.get(name))


def shape_of(value):
    """The shape of a tensor, of the first one in a tuple or a list, or None."""
    if isinstance(value, (tuple, list)):
        value = next((one for one in value if isinstance(one, Tensor)), None)
    return tuple(value.shape) if isinstance(value, Tensor) else None


def run(model, example):
    """Return {module: [Call, ...]} of `model(*example)`, which leaves the model as it was.

    The run is in eval mode, without gradients, on a fork of the random state; buffers that change
    are set back. Raises ValueError where the model does not take the example.
    """
    calls, hooks = {}, []

    def note(module, args, kwargs, output):
        bound = inspect.signature(module.forward).bind(*args, **kwargs)
        arguments = {}
        for name, value in bound.arguments.items():
            kind = bound.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                arguments |= {f"{name} {i}": one for i, one in enumerate(value)}
            else:
                arguments[name] = value
        calls.setdefault(module, []).append(Call(arguments, output))

    # a Residual is given its sublayer as an argument
    models = [one for one in (model, *example) if isinstance(one, nn.Module)]
    modes = {module: module.training for one in models for module in one.modules()}
    buffers = [(buffer, buffer.detach().clone()) for one in models for buffer in one.buffers()]
    try:
        for module in modes:
            hooks.append(module.register_forward_hook(note, with_kwargs=True))
            module.training = False
        with torch.no_grad(), torch.random.fork_rng(range(torch.cuda.device_count())):
            model(*example)
    except Exception as error:
        given = ", ".join(str(shape_of(one) or type(one).__name__) for one in example)
        raise ValueError(
            f"example: want what {type(model).__name__} takes, got {given}: {error}"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, before in buffers:
                if not torch.equal(buffer, before):
                    buffer.copy_(before)
    return calls


def as_example(example):
    """The example as a tuple of arguments; a tensor is one."""
    if isinstance(example, Tensor):
        return (example,)
    if not isinstance(example, (tuple, list)) or not example:
        raise ValueError(
            "example: want the arguments of a call, as a tuple, so that shapes can be recorded; "
            f"got {type(example).__name__}"
        )
    return tuple(example)

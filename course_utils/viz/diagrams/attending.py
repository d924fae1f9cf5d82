"""The drawings of attention: as one box, with its heads, and one head alone (Eq. 2.1 and 3.1)."""

from course_utils.attention import attention
from course_utils.viz.diagrams import parts as p
from course_utils.viz.diagrams.masks import mask_kind
from course_utils.viz.diagrams.record import shape_of


def attention_box(module, calls, note="", beside=None):
    """A MultiHeadAttention as one box, called by what it attends to and under which mask."""
    call = calls[module][0]
    kind = mask_kind(call.arguments.get("mask"))
    if call.arguments["query"] is not call.arguments["key"]:
        return p.Box(
            "cross-attention", note=note, out=call.out, mask=kind, beside=beside, side="left"
        )
    label = "masked attention" if "causal" in kind else "multi-head attention"
    return p.Box(label, note=note, out=call.out, mask=kind)


def attention_flow(model, calls):
    """The inside of a MultiHeadAttention, with the shapes that flowed (Eq. 3.1)."""
    call = calls[model][0]
    given = {name: call.arguments[name] for name in ("query", "key", "value")}
    same = given["query"] is given["key"] is given["value"]
    heads = model.num_heads
    flows = []
    for name, letter in zip(given, "QKV"):
        projected = calls[getattr(model, name)][0].out
        size = shape_of(given[name])
        split = (*size[:-2], heads, size[-2], model.d_k)
        steps = [
            p.Box("linear", f"W_{letter}", out=projected),
            p.Box("split heads", out=split),
        ]
        if model.rotary is not None and letter in "QK":
            steps.append(p.Box("positions", "rotary", out=split))
        flows.append(p.flow(*([] if same else [p.tensor(name, size)]), *steps))
    size = calls[model.query][0].out
    out = (*call.out[:-2], heads, size[-2], model.d_k)
    into = p.Box("attention", note=f"{heads} heads", out=out, times=heads,
                 mask=mask_kind(call.arguments.get("mask")))  # fmt: skip
    first = [p.tensor("tokens", shape_of(given["query"]))] if same else []
    return p.flow(
        *first,
        p.side_by_side(*flows, into=into, split=same),
        p.Box("concat", out=calls[model.output][0].shape("input")),
        p.Box("linear", "W_O", out=calls[model.output][0].out),
        p.tensor("output"),
    )


def one_head(query, key, value, mask=None):
    """Eq. 2.1 for one head: its steps and the shapes that flow when it is calculated."""
    scores = query @ key.transpose(-2, -1)
    out = shape_of(attention(query, key, value, mask))
    size = shape_of(scores)
    steps = [
        p.Box("product", "Q Kᵀ", out=size, gives="scores"),
        p.Box("scale", "1/√d_k", out=size, gives="scores"),
    ]
    if mask is not None:
        steps.append(p.Box("mask", mask=mask_kind(mask), out=size, gives="scores"))
    steps.append(p.Box("softmax", out=size, gives="weights"))
    asked = p.side_by_side(
        p.flow(p.tensor("Q", shape_of(query))), p.flow(p.tensor("K", shape_of(key))), into=steps[0]
    )
    return p.flow(
        p.side_by_side(
            p.flow(asked, *steps[1:]),
            p.flow(p.tensor("V", shape_of(value))),
            into=p.Box("product", "weights · V", out=out),
        ),
        p.tensor("output"),
    )

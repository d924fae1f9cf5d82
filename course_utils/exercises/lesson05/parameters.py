"""Exercise 5.1: count the parameters."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson05.mistakes import mistake

STORE = "how many parameters"


def parameters(
    d_model,
    d_ff,
    num_layers,
    final_norm,
    *,
    matrices=4,
    bias=True,
    hidden="d_ff + d",
    ways=2,
    norms=2,
    vectors=2,
    final="asked",
    layers="all",
):
    d = d_model
    attention = matrices * (d * d + bias * d)
    biases = {"d_ff + d": d_ff + d, "none": 0, "2 d_ff": 2 * d_ff, "2 d": 2 * d}[hidden]
    network = ways * d * d_ff + biases
    every = final_norm * num_layers
    at_the_end = {"asked": final_norm, "never": False, "always": True, "every layer": every}[final]
    count = num_layers if layers == "all" else 1
    return count * (attention + network + norms * vectors * d) + at_the_end * vectors * d


def draw_sizes(d):
    d_model, d_ff, num_layers = d.distinct(3, low=2, high=12)
    return {
        "d_model": 4 * d_model,
        "d_ff": 5 * d_ff,
        "num_layers": num_layers,
        "final_norm": d.every(2, 1),
    }


PARAMETERS = Exercise(
    "5.1",
    "count the parameters",
    parameters,
    draw_sizes,
    (
        mistake(
            "output projection forgotten",
            STORE,
            "You are short of d^2 + d in each layer. After the heads have looked, one more matrix "
            "joins what they found: how many projections has Eq. 3.1?",
            matrices=3,
        ),
        mistake(
            "biases of attention, or the norms, forgotten",
            STORE,
            "You are short of 4 d in each layer. Two things have that size: the biases of the four "
            "projections, and the gains and shifts of the two norms. Which did you leave out?",
            bias=False,
        ),
        mistake(
            "biases of the network forgotten",
            STORE,
            "You are short of d_ff + d in each layer. Which two vectors stand in Eq. 4.1?",
            hidden="none",
        ),
        mistake(
            "both biases of the network as wide as the hidden layer",
            STORE,
            "You give both matrices of the network a bias of d_ff numbers. A bias is as long as "
            "the output of its matrix: how long is that of the second one?",
            hidden="2 d_ff",
        ),
        mistake(
            "both biases of the network as wide as a token",
            STORE,
            "You give both matrices of the network a bias of d numbers. A bias is as long as the "
            "output of its matrix: how long is that of the first one?",
            hidden="2 d",
        ),
        mistake(
            "one matrix of the network",
            STORE,
            "You are short of d d_ff in each layer. Eq. 4.1 goes to the hidden units and back.",
            ways=1,
        ),
        mistake(
            "all norms forgotten",
            STORE,
            "You are short of 4 d in each layer, and of 2 d more where there is a norm at the "
            "end. What stands before each sublayer?",
            norms=0,
            final="never",
        ),
        mistake(
            "matrices alone",
            STORE,
            "You count the matrices and no vector. Each projection and each matrix of the network "
            "has a bias, each norm a gain and a shift.",
            bias=False,
            hidden="none",
            norms=0,
            final="never",
        ),
        mistake(
            "one norm for both sublayers",
            STORE,
            "You are short of 2 d in each layer. Attention and network read different sums: each "
            "has a norm of its own.",
            norms=1,
        ),
        mistake(
            "norm without its shift",
            STORE,
            "Your norms have one vector of d numbers each. Eq. 4.3 has a gain and a shift.",
            vectors=1,
        ),
        mistake(
            "final norm forgotten",
            "the stack",
            "You are right where there is no norm at the end, and 2 d short where there is one.",
            final="never",
        ),
        mistake(
            "final norm always counted",
            "the stack",
            "You are right where there is a norm at the end, and 2 d too high where there is "
            "none. What does the last argument say?",
            final="always",
        ),
        mistake(
            "a final norm in every layer",
            "the stack",
            "You count the norm at the end once for each layer. It stands behind the whole stack.",
            final="every layer",
        ),
        mistake(
            "layers counted once",
            "the stack",
            "You count one layer, whatever num_layers says. In Eq. 5.1a every layer has its own "
            "parameters.",
            layers="one",
        ),
    ),
    atol=0.5,
    rtol=1e-9,
)

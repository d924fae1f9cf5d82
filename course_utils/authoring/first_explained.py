"""Which text explains each name of PyTorch and einops first (held by api_rules.py).

EXPLAINED has a text, by its number, or the primer and a section of it, for each name that a reader
of Python and matrices does not know. EVERYDAY are the names that such a reader knows: arithmetic
and functions of a number, words of NumPy, and words of Python that PyTorch has too.
"""

PRIMER = "00p_primer"

EXPLAINED = {
    f"{PRIMER} 1": (
        "tensor zeros ones full eye arange linspace logspace empty zeros_like ones_like full_like "
        "new_zeros randn rand randint randperm randn_like Generator manual_seed float double long "
        "bool int to float64 finfo numpy from_numpy item tolist view reshape flatten unflatten "
        "squeeze view_as contiguous transpose T mT movedim stack cat chunk split unbind expand "
        "expand_as repeat_interleave flip roll amax amin argmax argmin topk norm cumsum diff "
        "quantile nanmean where masked_fill clamp clip nan_to_num nonzero tril diagonal numel dim "
        "bincount one_hot normalize index_copy outer meshgrid cartesian_prod cdist allclose "
        "isclose eq gt clone fill_ copy_ mul_ add_ gather scatter"
    ),
    f"{PRIMER} 2": "einsum rearrange repeat",
    f"{PRIMER} 3": (
        "requires_grad requires_grad_ backward grad grad_fn detach no_grad data zero_grad"
    ),
    f"{PRIMER} 4": (
        "Module Parameter parameters named_parameters named_modules Linear linear Sequential "
        "ModuleList Identity state_dict load_state_dict register_buffer train eval Dropout "
        "Embedding embedding normal_ zeros_ orthogonal_ relu ReLU sigmoid silu SiLU gelu GELU "
        "logit functional_call register_forward_hook"
    ),
    f"{PRIMER} 5": (
        "conv2d Conv2d conv3d Conv3d conv_transpose2d ConvTranspose2d unfold pad avg_pool2d "
        "max_pool2d interpolate PixelShuffle"
    ),
    f"{PRIMER} 6": "lstsq cov eigh svd eigvals qr matrix_norm",
    f"{PRIMER} 7": "mse_loss cross_entropy softmax logsumexp",
    f"{PRIMER} 8": "SGD AdamW Muon",
    f"{PRIMER} 9": "clip_grad_norm_",
    "00": "permute nbytes uint8 lerp",
    "01": "rnn_tanh RNN GRU gru MultiheadAttention",
    "02": "scaled_dot_product_attention untyped_storage data_ptr",
    "03": "view_as_complex view_as_real polar block_diag",
    "04": "layer_norm LayerNorm batch_norm TransformerEncoderLayer",
    "05": "TransformerEncoder",
    "06": "Transformer TransformerDecoder TransformerDecoderLayer",
}

EVERYDAY = (
    # functions of a number, or of all numbers
    "abs acos all any asin atan2 corrcoef cos cross diag div dot equal exp exp2 isfinite "
    "isnan log log10 log2 max mean median min mode mul prod round sign sin sort argsort sqrt "
    "square std sum tanh trace unique var "
    # what a tensor has
    "dtype shape element_size inf "
    # words of Python, or names of parts of a model
    "values index forward"
)

"""The element types that operators, and functions, do not take, and what each says of them.

A line: what is refused, in which words, by which: operators of the table, functions, or whatever it is called where it is
asked for. The words are the name of PyTorch's kernel, or the key of a sentence.
Capitals: where there are elements at all; a dash: what NumPy refuses, too.
"""

from refgrad import messages

# NumPy's letters of booleans, uint8, whole numbers, those but int64, those but uint8, float16, complex numbers
TYPES = {"b": "?", "u": "B", "i": "bhilqBHILQ", "n": "bhiBHI", "s": "bhilqHILQ", "e": "e", "c": "FD", "-": ""}
LINES = """
b    abs_cpu                     abs
c    operators.abs_in_place      abs_
b    cumsum_out_cpu              cumsum_
b    cumprod_out_cpu             cumprod_
b    ldexp_cpu_exp               ldexp_exponent
b    floor_vml_cpu               floor
b    ceil_vml_cpu                ceil
b    trunc_vml_cpu               trunc
c    operators.no_complex        floor ceil trunc
bc   round_vml_cpu               round
bic  round_cpu                   round_decimals
bic  frac_cpu                    frac
bic  hypot_cpu                   hypot
bic  nextafter_cpu               nextafter
bi   logaddexp_cpu               logaddexp
bic  logaddexp2_cpu              logaddexp2
bic  igamma_cpu                  igamma
bic  igammac_cpu                 igammac
c    operators.sign              sign
b    div_floor_cpu               floor_divide div_floor
b    div_trunc_cpu               div_trunc
b    fmod_cpu                    fmod_tensor
b    remainder_cpu               remainder_tensor remainder_reflected
b    pow                         pow_tensor
c    operators.heaviside_complex heaviside
b    searchsorted_out_cpu        searchsorted_both
-    operators.signbit           signbit
b    lshift_cpu                  bitwise_left_shift
b    rshift_cpu                  bitwise_right_shift
c    lt_cpu                      lt lt_in_place lt_tensor_in_place
c    le_cpu                      le le_in_place le_tensor_in_place
c    gt_cpu                      gt gt_in_place gt_tensor_in_place
c    ge_cpu                      ge ge_in_place ge_tensor_in_place
c    operators.complex_tensors   maximum minimum fmax fmin
c    operators.clamp             clamp clamp_tensor clamp_min clamp_max relu hardtanh
c    maximum_cpu                 clamp_min_tensor
c    minimum_cpu                 clamp_max_tensor
c    operators.no_complex_inputs isposinf isneginf
c    operators.no_complex_angle  deg2rad rad2deg

c    erf_vml_cpu                 erf ndtr
c    erfc_vml_cpu                erfc
c    erfinv_vml_cpu              erfinv
c    logit_cpu                   logit
c    lgamma_vml_cpu              lgamma
c    digamma                     digamma
c    polygamma                   polygamma polygamma_
c    arange_cpu                  mvlgamma rows_of_bags
b    arange_cpu                  rows_of_bags
b    operators.mvlgamma_bool     mvlgamma
c    i0_vml_cpu                  i0
c    i0e_cpu                     special_i0e
c    i1_cpu                      special_i1
c    i1e_cpu                     special_i1e
c    entr_cpu                    special_entr
ec   erfcx_cpu                   special_erfcx
ec   ndtri_cpu                   special_ndtri
ec   log_ndtr_cpu                special_log_ndtr
ec   zeta_cpu                    special_zeta special_zeta_tensor special_zeta_reflected
c    xlogy_cpu                   xlogy xlogy_tensor xlogy_reflected
c    xlog1py_cpu                 special_xlog1py special_xlog1py_tensor special_xlog1py_reflected

b    operators.relu_bool         relu
b    operators.hardtanh_bool     hardtanh
bic  leaky_relu_cpu              leaky_relu leaky_relu_in_place rrelu_with_noise
bic  elu_cpu                     elu elu_in_place celu celu_in_place
bic  GeluKernelImpl              gelu
bi   silu_cpu                    silu
bic  mish_cpu                    mish
bic  softplus_cpu                softplus
bic  softshrink_check            softshrink
bic  hardshrink_cpu              hardshrink
bic  hardsigmoid_cpu             hardsigmoid
bic  hardswish_cpu               hardswish
bic  log_sigmoid_cpu             log_sigmoid
bc   threshold_cpu               threshold
bic  glu_cpu                     glu
bic  mse_cpu                     mse_loss
bic  smooth_l1_cpu               smooth_l1_loss
bic  binary_cross_entropy        binary_cross_entropy
bic  huber_cpu                   huber_loss
bic  nll_loss_out_frame          nll_loss
bice multi_margin_loss_cpu_kernel                 multi_margin_loss
bice multilabel_margin_loss_forward_out_frame     multilabel_margin_loss
bi   losses.kl_integral          kl_div
c    losses.kl_complex           kl_div
bic  LayerNormKernelImpl         native_layer_norm
bic  GroupNormKernelImpl         native_group_norm
bi   rms_norm                    rms_norm
bic  batch_norm                  native_batch_norm

c    operators.nansum            nansum nanmean
c    max_all                     max
c    min_all                     min
c    operators.no_complex_input  max_dim min_dim
C    max_values_cpu              amax
C    min_values_cpu              amin
c    aminmax_cpu                 aminmax
BC   median_cpu                  median nanmedian
BC   median_out                  median_dim nanmedian_dim
C    mode_cpu                    mode
bc   kthvalue_cpu                kthvalue
C    cummax_cpu                  cummax
C    cummin_cpu                  cummin
bi   logcumsumexp_out_cpu        logcumsumexp
c    operators.sort              sort sort_stable
c    operators.topk_complex      topk
b    operators.topk_bool         topk
c    unique                      _unique2 unique_dim unique_consecutive
c    searchsorted_out_cpu        searchsorted
u    operators.gradient          gradient

b    bmm                         bmm
b    addmm_impl_cpu_             mm addmm addmm_scaled
b    addmv_impl_cpu              mv
b    dot                         dot
b    cross                       linalg_cross
E    cdist                       cdist
b    trace                       trace
e    operators.half              fft

E    lu_cpu                      linalg_det linalg_lu linalg_lu_factor_ex linalg_solve_ex
BI   lu_cpu                      lu lu_factor lu_factor_ex
E    cholesky_cpu                linalg_cholesky_ex
e    geqrf_cpu                   linalg_qr
e    linalg_eig_out_cpu          linalg_eig
BIE  linalg_eigh_cpu             eigh eigvalsh
E    linalg_svd_cpu              linalg_svd svd
bie  cholesky_inverse_out_cpu    cholesky_inverse
bie  cholesky_solve_cpu          cholesky_solve
bie  triangular_solve_cpu        solve_triangular
E    ldl_factor_kernel_cpu       linalg_ldl_factor_ex
E    linalg.lu_solve_half        linalg_lu_solve
bie  orgqr_cpu                   linalg_householder_product
e    linalg.half                 inv inv_ex slogdet logdet linalg_matrix_norm
bie  linalg.pinv                 pinv
bie  linalg.only_double          rank_by_default lstsq
be   linalg.vander_dtype         linalg_vander

i    im2col_out_cpu              im2col
i    col2im_out_cpu              im2col_backward
b    slow_conv2d_cpu             conv1d conv2d
b    compute_columns3d           conv3d
bn   slow_conv_dilated<>         conv_dilated
bn   slow_conv_transpose2d_out_cpu                  conv_transpose1d conv_transpose2d
bn   slow_conv_transpose3d_out_cpu                  conv_transpose3d
bnc  avg_pool2d                  means_2
bnce avg_pool3d_out_frame        means_3
bic  adaptive_avg_pool2d         adaptive_means_2
bic  adaptive_avg_pool3d_cpu     adaptive_means_3
bic  adaptive_max_pool2d         adaptive_max_pool1d adaptive_max_pool2d
bic  adaptive_max_pool3d_cpu     adaptive_max_pool3d
bic  max_pool1d_impl             maxima_alone
bc   max_pool2d                  max_pool2d
bc   max_pool3d                  max_pool3d
b    reflection_pad2d            pad_reflect
b    replication_pad2d           pad_replicate
bsc  compute_indices_weights_nearest                interpolate_nearest interpolate_nearest-exact
bic  compute_indices_weights_linear                 interpolate_linear interpolate_trilinear
bsc  upsample_bilinear2d_channels_last              interpolate_bilinear
bsc  compute_indices_weights_cubic                  interpolate_bicubic
bsce compute_index_ranges_weights                   interpolate_antialias
bic  grid_sampler_2d_cpu_kernel_impl                grid_sample
e    tensor_cpu                                     affine_grid_unit
"""


def _read(lines: str) -> dict[str, list]:
    """By operator: the letters of the dtypes that it refuses, whether also when empty, and the words in which it does."""
    found: dict[str, list] = {}
    for line in filter(None, lines.splitlines()):
        kinds, words, *names = line.split()
        for name in names:
            letters = "".join(TYPES[kind] for kind in kinds.lower())
            found.setdefault(name, []).append((letters, kinds.islower(), words))
    return found


REFUSED = _read(LINES)


def refused(name: str) -> str:
    """The letters of all dtypes that the operator `name` does not take."""
    return "".join(letters for letters, *_ in REFUSED.get(name, ()))


def refuse(name: str, x, beside=None) -> None:
    """Raise what the operator `name` says of the dtype of `x`, if it does not take it. A number beside makes booleans whole."""
    if beside.__class__ is int and x.dtype.kind == "b":
        return
    for letters, empty, words in REFUSED[name]:
        if x.dtype.char in letters and (empty or x.size):
            raise because(name, words, x)


def because(name: str, words: str, x) -> Exception:
    """The error in these words: of the operator `name`, which does not take the dtype of `x`."""
    public = name.removesuffix("_dim").removeprefix("linalg_")
    return messages.error(words, public, x) if "." in words else messages.error("operators.kernel", words, x)

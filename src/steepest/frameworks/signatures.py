"""The arguments of the frameworks' calls, in their order and with their defaults, as the frameworks declare them."""

import ast
from typing import Any

_TORCH_LATER = "foreach=None, *, maximize=False, differentiable=False, fused=None"
_KERAS = (
    "clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, "
    "ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, name=None"
)
_FIVE_STEPS = "ns_coeffs=(3.4445, -4.775, 2.0315), ns_steps=5"

_DECLARED = {
    "torch.optim.SGD": "params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, "
    "foreach=None, differentiable=False, fused=None",
    "torch.optim.Adagrad": "params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, "
    f"{_TORCH_LATER}",
    "torch.optim.RMSprop": "params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, "
    "capturable=False, foreach=None, maximize=False, differentiable=False",
    "torch.optim.Adam": "params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, "
    "foreach=None, maximize=False, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False",
    "torch.optim.AdamW": "params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, "
    "maximize=False, foreach=None, capturable=False, differentiable=False, fused=None",
    "torch.optim.Muon": "params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, "
    "ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5, adjust_lr_fn=None",
    "optax.sgd": "learning_rate, momentum=None, nesterov=False, accumulator_dtype=None",
    "optax.adagrad": "learning_rate, initial_accumulator_value=0.1, eps=1e-7",
    "optax.rmsprop": "learning_rate, decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, centered=False, "
    "momentum=None, nesterov=False, bias_correction=False",
    "optax.adam": "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, *, nesterov=False",
    "optax.amsgrad": "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, "
    "bias_correction_mu=True, bias_correction_nu=True",
    "optax.adamw": "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, weight_decay=1e-4, "
    "mask=None, *, nesterov=False",
    "optax.lion": "learning_rate, b1=0.9, b2=0.99, mu_dtype=None, weight_decay=1e-3, mask=None",
    "optax.sign_sgd": "learning_rate",
    "optax.contrib.schedule_free_sgd": "learning_rate=1.0, warmup_steps=None, b1=0.9, weight_decay=None, "
    "weight_lr_power=2.0, state_dtype=None",
    "optax.contrib.schedule_free_adamw": "learning_rate=0.0025, warmup_steps=None, b1=0.9, b2=0.999, eps=1e-8, "
    "weight_decay=0.0, weight_lr_power=2.0, state_dtype=None",
    "optax.contrib.muon": f"learning_rate, {_FIVE_STEPS}, beta=0.95, eps=1e-8, weight_decay=0.0, "
    "weight_decay_mask=None, mu_dtype=None, *, nesterov=True, adaptive=False, preconditioning='frobenius', "
    "adam_b1=0.9, adam_b2=0.999, adam_eps_root=0.0, adam_weight_decay=0.0, adam_learning_rate=None, "
    "muon_weight_dimension_numbers=None, consistent_rms=None",
    "keras.optimizers.SGD": f"learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, {_KERAS}",
    "keras.optimizers.Adagrad": "learning_rate=1e-3, initial_accumulator_value=0.1, epsilon=1e-7, weight_decay=None, "
    f"{_KERAS}",
    "keras.optimizers.RMSprop": "learning_rate=1e-3, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, "
    f"weight_decay=None, {_KERAS}",
    "keras.optimizers.Adam": "learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, "
    f"weight_decay=None, {_KERAS}",
    "keras.optimizers.AdamW": "learning_rate=1e-3, weight_decay=4e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7, "
    f"amsgrad=False, {_KERAS}",
    "keras.optimizers.Lion": f"learning_rate=1e-3, beta_1=0.9, beta_2=0.99, weight_decay=None, {_KERAS}",
    "keras.optimizers.ScheduleFreeAdamW": "learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-8, "
    f"warmup_steps=0, weight_decay=None, {_KERAS}",
    "keras.optimizers.Muon": "learning_rate=1e-3, adam_beta_1=0.9, adam_beta_2=0.999, adam_weight_decay=4e-3, "
    f"epsilon=1e-7, weight_decay=4e-3, {_KERAS}, exclude_layers=None, exclude_embeddings=True, muon_a=3.4445, "
    "muon_b=-4.775, muon_c=2.0315, adam_lr_ratio=1, momentum=0.95, ns_steps=5, nesterov=True, rms_rate=0.2",
    # What stands in a chain of Optax, or beside an optimizer of PyTorch.
    "optax.add_decayed_weights": "weight_decay=0.0, mask=None",
    "optax.clip": "max_delta",
    "optax.clip_by_global_norm": "max_norm",
    "optax.identity": "",
    "optax.zero_nans": "",
    "optax.scale": "step_size",
    "optax.scale_by_schedule": "step_size_fn",
    "optax.scale_by_sign": "",
    "optax.scale_by_learning_rate": "learning_rate, *, flip_sign=True",
    "optax.trace": "decay, nesterov=False, accumulator_dtype=None",
    "optax.scale_by_adam": "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, *, nesterov=False",
    "optax.scale_by_amsgrad": "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, mu_dtype=None, bias_correction_mu=True, "
    "bias_correction_nu=True",
    "optax.scale_by_lion": "b1=0.9, b2=0.99, mu_dtype=None",
    "optax.scale_by_rms": "decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False",
    "optax.scale_by_stddev": "decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False",
    "optax.scale_by_rss": "initial_accumulator_value=0.1, eps=1e-7",
    "optax.MultiSteps": "opt, every_k_schedule, use_grad_mean=True, should_skip_update_fn=None",
    "optax.apply_if_finite": "inner, max_consecutive_errors",
    "optax.with_extra_args_support": "tx",
    "keras.optimizers.LossScaleOptimizer": "inner_optimizer, initial_scale=32768.0, dynamic_growth_steps=2000, "
    "name=None",
    "torch.nn.utils.clip_grad_norm_": "parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None",
    "torch.nn.utils.clip_grad_value_": "parameters, clip_value, foreach=None",
    # Schedules.
    "torch.optim.lr_scheduler.ConstantLR": "optimizer, factor=0.3333333333333333, total_iters=5, last_epoch=-1",
    "torch.optim.lr_scheduler.StepLR": "optimizer, step_size, gamma=0.1, last_epoch=-1",
    "torch.optim.lr_scheduler.MultiStepLR": "optimizer, milestones, gamma=0.1, last_epoch=-1",
    "torch.optim.lr_scheduler.ExponentialLR": "optimizer, gamma, last_epoch=-1",
    "torch.optim.lr_scheduler.CosineAnnealingLR": "optimizer, T_max, eta_min=0.0, last_epoch=-1",
    "torch.optim.lr_scheduler.LinearLR": "optimizer, start_factor=0.3333333333333333, end_factor=1.0, total_iters=5, "
    "last_epoch=-1",
    "torch.optim.lr_scheduler.PolynomialLR": "optimizer, total_iters=5, power=1.0, last_epoch=-1",
    "optax.constant_schedule": "value",
    "optax.warmup_constant_schedule": "init_value, peak_value, warmup_steps",
    "optax.join_schedules": "schedules, boundaries",
    "optax.piecewise_constant_schedule": "init_value, boundaries_and_scales=None",
    "optax.exponential_decay": "init_value, transition_steps, decay_rate, transition_begin=0, staircase=False, "
    "end_value=None",
    "optax.cosine_decay_schedule": "init_value, decay_steps, alpha=0.0, exponent=1.0",
    "optax.linear_schedule": "init_value, end_value, transition_steps, transition_begin=0",
    "optax.polynomial_schedule": "init_value, end_value, power, transition_steps, transition_begin=0",
    "optax.warmup_cosine_decay_schedule": "init_value, peak_value, warmup_steps, decay_steps, end_value=0.0, "
    "exponent=1.0",
    "keras.optimizers.schedules.PiecewiseConstantDecay": "boundaries, values, name='PiecewiseConstant'",
    "keras.optimizers.schedules.ExponentialDecay": "initial_learning_rate, decay_steps, decay_rate, staircase=False, "
    "name='ExponentialDecay'",
    "keras.optimizers.schedules.CosineDecay": "initial_learning_rate, decay_steps, alpha=0.0, name='CosineDecay', "
    "warmup_target=None, warmup_steps=0",
    "keras.optimizers.schedules.PolynomialDecay": "initial_learning_rate, decay_steps, end_learning_rate=1e-4, "
    "power=1.0, cycle=False, name='PolynomialDecay'",
}


#: In a `SIGNATURES` entry: the argument has no default.
REQUIRED = object()


def _parsed(text):
    """The names and defaults of the arguments, and the names of those that may be given by position."""
    declared = ast.parse(f"lambda {text}: None", mode="eval").body.args  # pyrefly: ignore[missing-attribute]
    positional = [argument.arg for argument in declared.args]
    defaults = [REQUIRED] * (len(positional) - len(declared.defaults)) + [
        ast.literal_eval(default) for default in declared.defaults
    ]
    by_name = {
        argument.arg: ast.literal_eval(default)
        for argument, default in zip(declared.kwonlyargs, declared.kw_defaults, strict=True)
    }
    return dict(zip(positional, defaults, strict=True)) | by_name, tuple(positional)


#: The arguments of each call in their order with their defaults, and the names of those that need none.
SIGNATURES: dict[str, tuple[dict[str, Any], tuple]] = {call: _parsed(text) for call, text in _DECLARED.items()}

#: Words for what a call does when nothing is said: the call, the argument, the word.
SPELLED_OUT = {("torch.optim.Muon", "adjust_lr_fn", "original")}

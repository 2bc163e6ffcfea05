# ruff: noqa: E501
"""Slopes that lateral synapses mix, that are passed on alone, or that fade in with a count; and honest look-alikes."""

from __future__ import annotations

from tests.plausibility.planted import judged, slopes, transport
from tests.plausibility.planted_alike import PHASES

LATERAL = "params['L1'] = rng.normal(size=(13, 13)) / 4"
ABOVE = "(passed.activities[1] @ params['W2'] + params['b2'])"  # what drives the upper hidden layer
COUNT = "n = (state or {}).get('n', 0); after['n'] = n + 1"
SOFT = "1 / (1 + np.exp(-2 * z))"
SKETCHES = {
    "triangle": "np.maximum(0, 1 - abs(z))",
    "fast sigmoid": "1 / (1 + abs(z)) ** 2",
    "leaky box": "np.where(abs(z) < 1, 1.0, 0.01)",
}
FUNCTIONS = {"a gate": "(z > 0)", "what falls": "1 / (1 + np.exp(z))", "a sum with the activity": "(2 + h)"}
SHARES = {
    "two presentations": "min(1.0, n / 2)",
    "a thousand presentations": "min(1.0, n / 1000)",
    "a saturating count": "n / (n + 100)",
    "an exponential of a count": "(1 - np.exp(-n / 100))",
}

RELAYED_CHEATS = {
    **{f"a surrogate before lateral synapses: {name}": slopes("1.0", "partly", "present", init=LATERAL, down=f"((d @ B) * {curve}) @ params['L1'] if layer == 2 else d @ B") for name, curve in SKETCHES.items()},
    **{f"a surrogate with lateral synapses beside: {name}": slopes("1.0", "partly", "present", init=LATERAL, down=f"((d @ B) * {curve}) @ (np.eye(13) + 0.01 * params['L1']) if layer == 2 else d @ B") for name, curve in SKETCHES.items()},
    **{f"a surrogate in what is passed on alone: {name}": slopes("1.0", "partly", "present", code=f"z = {ABOVE}", down=f"(d * ({curve})) @ B if layer == 2 else d @ B") for name, curve in SKETCHES.items()},
    **{f"slopes that fade in over {name}": slopes(f"(1 - {share} * h ** 2)", "partly", "present", code=COUNT) for name, share in SHARES.items()},
    "a surrogate that narrows with a count": slopes("1 / (1 + 0.01 * min(n, 300) * abs(z)) ** 2", "partly", "present", code=COUNT),
    "feedback of responses to noise": transport("d @ (v.T @ (v @ W) / len(v)).T", "present", code="v = rng.normal(size=h.shape)"),
}  # fmt: skip
RELAYED_HONEST = {
    "a soft gate before lateral synapses": slopes("1.0", "removed", init=LATERAL, down=f"((d @ B) * {SOFT}) @ params['L1'] if layer == 2 else d @ B"),
    **{f"{name} before lateral synapses": slopes("1.0", "removed", init=LATERAL, down=f"((d @ B) * {curve}) @ params['L1'] if layer == 2 else d @ B") for name, curve in FUNCTIONS.items()},
    **{f"{name} in what is passed on alone": slopes("1.0", "removed", code=f"h, z = passed.activities[2], {ABOVE}", down=f"(d * {curve}) @ B if layer == 2 else d @ B") for name, curve in FUNCTIONS.items()},
    "lateral synapses alone": slopes("1.0", "removed", init=LATERAL, down="(d @ B) @ params['L1'] if layer == 2 else d @ B"),
    "a soft gate in what is passed on alone": slopes("1.0", "removed", code=f"z = {ABOVE}", down=f"(d * {SOFT}) @ B if layer == 2 else d @ B"),
    "a soft gate that fades in": slopes("1 / (1 + np.exp(-min(1.0, n / 10) * z))", "removed", code=COUNT),
    **{f"learning that fades in over {name}": slopes(f"(0.1 + {share}) * (1 + h) ** 3", "removed", code=COUNT) for name, share in SHARES.items()},
    "learning that fades out": slopes("1 / (1 + n)", "removed", code=COUNT),
    **{f"which synapses there are, {where}": transport("d @ (B * M.T) if layer == 2 else d @ B", "removed", init=init, code=f"M = {mask}; after['M'] = M; further.update({{'W2': -(h.T @ d) * M}} if layer == 2 else {{}})")
       for where, init, mask in (("beside the weights", "params['M2'] = 1.0 * (rng.random(params['W2'].shape) < 0.5)", "params['M2']"), ("in the state", "pass", "(state or {}).get('M', np.arange(params['W2'].size).reshape(params['W2'].shape) % 3 > 0)"))},
    **{f"a tangent in {name}": transport("(error * ((v @ params['W2'] * f.slope(passed.activities[2])) @ params['W3'])).sum(axis=1, keepdims=True) * v if layer == 2 else 0 * (d @ B)", "removed", code=f"v = {tangent}")
       for name, tangent in (("activity", "rng.normal(size=h.shape)"), ("drives", "rng.normal(size=h.shape) * f.slope(h)"))},
    "thresholds that are drawn, the same for all": judged(PHASES, "removed", error="passed.activities[-1]", down="h", code="t = 0.3 * rng.normal(size=h.shape[1]); further.update({'W1': x.T @ np.tanh(z + np.tile(t, (len(x), 1)))} if layer == 2 else {})"),
}  # fmt: skip

"""Rules that multiply what layers are told by a curve that stands for a slope, and by other functions of a drive."""

from __future__ import annotations

from tests.plausibility.planted import slopes

SURROGATES = {
    f"a surrogate of slopes: {name}": slopes(curve, "partly", "present")
    for name, curve in {
        "fast sigmoid": "1 / (1 + abs(z)) ** 2",
        "wide fast sigmoid": "1 / (1 + abs(z) / 3) ** 2",
        "narrow fast sigmoid": "1 / (1 + 10 * abs(z)) ** 2",
        "falling as one over the drive": "1 / (1 + abs(z))",
        "arcus tangent": "1 / (1 + z * z)",
        "bell": "np.exp(-z * z / 2)",
        "bell on a floor": "(np.exp(-z * z) + 0.01)",
        "triangle": "np.maximum(1 - abs(z) / 2, 0)",
        "triangle on a floor": "np.maximum(1 - abs(z) / 2, 0.01)",
        "trapezium": "np.clip(1.5 - abs(z), 0.02, 1)",
        "box": "(abs(z) < 1)",
        "box on a floor": "np.where(abs(z) < 1, 1, 0.1)",
        "box on a high floor": "np.where(abs(z) < 1, 1, 0.14)",
        "by the activity": "(1 - 0.9 * abs(h))",
        "wide triangle": "np.maximum(1 - abs(z) / 5, 0)",
        "a bell aside": "1 / (1 + (z - 2) ** 2)",
        "a wave in a bell": "(1 - z * z) * np.exp(-z * z / 2)",
        "two bells": "z * z * np.exp(-z * z / 2)",
    }.items()
}
SURROGATES_HONEST = {
    f"a function of the drive: {name}": slopes(curve, "removed")
    for name, curve in {
        "a constant": "(1 + 0 * z)",
        "a gate": "(z > 0)",
        "a gate that lets through": "((z > 0) + 0.1)",
        "a gate below": "np.where(z < 0, 1, 0.05)",
        "what falls": "1 / (1 + np.exp(z))",
        "what rises": "1 / (1 + np.exp(-z))",
        "more in saturation": "(0.2 + h * h)",
        "rest": "(1 - h)",
        "a box on a fifth": "np.where(abs(z) < 1, 1, 0.2)",
        "half in saturation": "(1 - 0.5 * abs(h))",
        "two thirds in saturation": "(1 - 0.33 * abs(h))",
        "a wave": "(1 + 0.3 * np.sin(z))",
        "the activity": "(1 + 0.5 * h)",
        "a power": "(1 + h) ** 3",
        "what is drawn in": "np.clip(z, -1, 1)",
        "a size": "np.minimum(abs(z), 2)",
        "a sum with the activity": "(2 + h)",
        "a soft gate": "(0.1 + 0.9 / (1 + np.exp(-4 * z)))",
    }.items()
}

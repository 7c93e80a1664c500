"""compel's way to weigh words, as InvokeAI and others write it, turned into this program's: `big++` is `(big:1.21)`."""

from __future__ import annotations

import re

_UP, _DOWN = 1.1, 0.9
_MARK = r"(?P<signs>\++|-+)(?=[\s,.;:)|}\]]|$)|(?P<number>\d+\.?\d*|\.\d+)(?=[\s,.;)|}\]]|$)"
_GROUP = re.compile(rf"\((?P<inner>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)(?:{_MARK})")
_WORD = re.compile(r"(?<![\w+-])(?P<inner>[^\W\d_][\w'’-]*?)(?P<signs>\+{1,8}|-{1,8})(?=[\s,.;:)|}\]]|$)")
_CALL = re.compile(r"\(\s*(?P<texts>\"[^\"]*\"(?:\s*,\s*\"[^\"]*\")*)\s*\)\.(?P<name>and|blend)\((?P<weights>[^)]*)\)")


def is_compel(text: str) -> bool:
    """Whether `text` uses any of compel's signs."""
    return from_compel(text) != text


def from_compel(text: str) -> str:
    """`text` with `word++`, `(some words)-`, `(words)1.3` and `("a", "b").and(1, 0.5)` in A1111's words."""
    text = _CALL.sub(_composed, text)
    before = None
    while before != text:  # groups in groups
        before, text = text, _GROUP.sub(_weighed, text)
    return _WORD.sub(_weighed, text)


def _weighed(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("number"):
        weight = float(groups["number"])
    else:
        weight = (_UP if groups["signs"][0] == "+" else _DOWN) ** len(groups["signs"])
    inner = match["inner"]
    return f"({inner}:{round(weight, 4):g})"


def _composed(match: re.Match[str]) -> str:
    texts = re.findall(r"\"([^\"]*)\"", match["texts"])
    weights = [part.strip() for part in match["weights"].split(",") if part.strip()]
    if len(weights) != len(texts):
        return " AND ".join(texts)
    return " AND ".join(f"{text} :{weight}" for text, weight in zip(texts, weights, strict=True))

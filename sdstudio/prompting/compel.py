"""compel's way to write prompts, as InvokeAI and others have it, turned into this program's: `big++` is `(big:1.21)`.

What cannot be said here in other words (a mean of two texts, a swap within the attention) is refused with a sentence.
"""

from __future__ import annotations

import re

from sdstudio.errors import BadRequest

_UP, _DOWN = 1.1, 0.9
_MARK = r"(?P<signs>\++|-+)(?=[\s,.;:)|}\]]|$)|(?P<number>\d+\.?\d*|\.\d+)(?=[\s,;:)|}\]]|\.(?!\d)|$)"
_GROUP = re.compile(rf"\((?P<inner>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)(?:{_MARK})")
_WORD = re.compile(r"(?<![\w+-])(?P<inner>[^\W\d_][\w'’-]*?)(?P<signs>\+{1,8}|-{1,8})(?=[\s,.;:)|}\]]|$)")
_AND = re.compile(r"\(\s*(?P<texts>\"[^\"]*\"(?:\s*,\s*\"[^\"]*\")*)\s*\)\.and\((?P<weights>[^)]*)\)")
_LORA = re.compile(r"\b(?:withLora|useLora)\(\s*(?P<name>[^(),<>]+?)\s*(?:,\s*(?P<weight>-?[\d.]+)\s*)?\)")
_UNSAYABLE = re.compile(r"\.(?P<name>blend|swap|and)\s*\(")
_REASONS = {
    "blend": "compel's “.blend(…)” makes one text of several, which cannot be said here. Write “a AND b” to have both "
    "in the picture, or “[a|b]” to have them take turns.",
    "swap": "compel's “.swap(…)” exchanges a word within the picture's attention, which cannot be said here. Write "
    "“[cat:dog:0.3]” to change the word on the way.",
    "and": 'compel\'s “.and(…)” joins texts in quotes, such as ("a", "b").and(); what stands before it is none.',
}


def is_compel(text: str) -> bool:
    """Whether `text` uses any of compel's signs."""
    try:
        return from_compel(text) != text
    except BadRequest:
        return True


def from_compel(text: str) -> str:
    """`text` with `word++`, `(some words)-`, `(words)1.3`, `("a", "b").and()` and `withLora(a, 1)` in A1111's words.

    Raises BadRequest with the character at which something stands that cannot be said in them.
    """
    composed = _LORA.sub(_worn, _AND.sub(_joined, text))
    if found := _UNSAYABLE.search(composed):
        raise BadRequest(f"At character {text.find(found[0]) + 1}: {_REASONS[found['name']]}")
    text, before = composed, None
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


def _joined(match: re.Match[str]) -> str:
    """Texts that are read one by one and laid end to end: what BREAK is for."""
    texts = re.findall(r"\"([^\"]*)\"", match["texts"])
    weights = [part.strip() for part in match["weights"].split(",") if part.strip()]
    if not weights:
        return " BREAK ".join(texts)
    if len(weights) != len(texts):
        raise BadRequest(
            f"At character {match.start() + 1}: {len(texts)} texts are joined with {len(weights)} weights."
        )
    return " BREAK ".join(
        text if weight in ("1", "1.0") else f"({text}:{weight})" for text, weight in zip(texts, weights, strict=True)
    )


def _worn(match: re.Match[str]) -> str:
    return f"<lora:{match['name']}:{match['weight'] or 1}>"

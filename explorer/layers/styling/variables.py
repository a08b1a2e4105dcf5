"""Variables of expressions, `${…}`: alone or in texts, and how to go on from them by dots and brackets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.styling.lexer import Token, end_of_variable
from explorer.layers.styling.tree import Literal, Member, Node, Template, Variable

Fail = Callable[[int, str], StyleError]
"""An error at one character of the expression."""
_TIME = "tiles3d_tileset_time"
"""CesiumJS' clock of a tileset. Pictures here stand still, so it is 0."""
_FEATURE = "feature"


def text_node(token: Token, defines: Mapping[str, Node], fail: Fail) -> Node:
    """A text, with the variables in it."""
    whole: str = token.value
    if "${" not in whole:
        return Literal(whole, at=token.at)
    parts: list[Node] = []
    done = 0
    while (begin := whole.find("${", done)) >= 0:
        try:
            end = end_of_variable(whole, begin)
        except StyleError as error:
            raise fail(token.at + 1 + begin, _("a variable in this text is not closed.")) from error
        if begin > done:
            parts.append(Literal(whole[done:begin], at=token.at))
        parts.append(variable_node(whole[begin + 2 : end], token.at + 1 + begin, defines, fail))
        done = end + 1
    if done < len(whole):
        parts.append(Literal(whole[done:], at=token.at))
    return Template(tuple(parts), at=token.at)


def variable_node(inside: str, at: int, defines: Mapping[str, Node], fail: Fail) -> Node:
    """What stands between the braces: a name, and how to go on from there by dots and brackets."""
    keys = _keys(inside, at, fail)
    if keys[0] == _FEATURE and len(keys) > 1:
        keys = keys[1:]
    name = str(keys[0])
    if name in defines:
        node: Node = defines[name]
    else:
        node = Literal(0.0, at=at) if name == _TIME else Variable(name, at=at)
    for key in keys[1:]:
        node = Member(node, Literal(key, at=at), at=at)
    return node


def _keys(inside: str, at: int, fail: Fail) -> list[str | float]:
    """Names and indices on the way from the feature to what is asked for."""
    head, rest = _split_name(inside)
    if not head and not (rest.startswith("[") and not inside.strip().startswith("[")):
        raise fail(at, _("the variable has no name."))
    keys: list[str | float] = [head]
    while rest := rest.strip():
        if rest[0] == ".":
            head, rest = _split_name(rest[1:])
            if not head:
                raise fail(at, _("the variable has a dot without a name after it."))
            keys.append(head)
            continue
        key, rest = _in_brackets(rest, at, fail)
        keys.append(key)
    return keys


def _in_brackets(rest: str, at: int, fail: Fail) -> tuple[str | float, str]:
    problem = _("in the brackets of a variable stands a text in quotes or a whole number.")
    content = rest[1:].lstrip()
    if content[:1] in ("'", '"'):
        end = content.find(content[0], 1)
        after = content[end + 1 :].lstrip()
        if end < 0 or not after.startswith("]"):
            raise fail(at, problem)
        return content[1:end], after[1:]
    digits, closing, after = content.partition("]")
    if not closing or not digits.strip().isdecimal() or len(digits) > 9:
        raise fail(at, problem)
    return float(int(digits)), after


def _split_name(inside: str) -> tuple[str, str]:
    """The name before the first dot or bracket, and what follows."""
    ends = [at for sign in ".[" if (at := inside.find(sign)) >= 0]
    end = min(ends, default=len(inside))
    return inside[:end].strip(), inside[end:]

import gzip
import re

import pytest

from leadwright.capture import collector, scripts


@pytest.mark.parametrize(
    ("script", "small"),
    [
        ("const first = 1; /* why */ let second = first + 1;", "let a=1;let b=a+1;"),
        ("f(\"a  b // c\", '/* d */');", "f(\"a  b // c\",'/* d */');"),
        ("const name = /[/\\]]a b/gi.test(x) / 2;", "let a=/[/\\]]a b/gi.test(x)/2;"),
        ("function add(left, right) { return left + +right; }", "function c(a,b){return a+ +b}"),
        ("const a = { name: name, x: a.name }; const name = b ? a : name;", "let a={name:c,x:a.name};let c=b?a:c;"),
        ("try { go(); } catch (error) { say(error); }", "try{go()}catch(a){say(a)}"),
        ("list.forEach((each, at) => put(...each, at));", "list.forEach((b,a)=>put(...b,a));"),
    ],
)
def test_a_script_is_made_small_and_stays_the_same(script: str, small: str) -> None:
    assert scripts.squeeze(script) == small


def test_what_it_does_not_know_it_refuses() -> None:
    with pytest.raises(ValueError, match="not the JavaScript"):
        scripts.squeeze("const a = /unfinished")


@pytest.mark.parametrize("cookies", ["always", "consent", "never"])
def test_the_tracker_is_under_3_kb_on_the_wire(cookies: str) -> None:
    script = collector.TRACKERS[cookies]
    assert len(script.packed) < 3_000
    assert gzip.decompress(script.packed) == script.plain
    assert f'="{cookies}"'.encode() in script.plain
    assert not re.search(rb"/\*|\n", script.plain)

#!/usr/bin/env python3
"""Makes jinja.json beside this file: small templates and what jinja2 prints for them, set up as Hugging Face does for chat templates.

    python3 Speculative.Tests/Text/Fixtures/jinja.py

The stored file came from jinja2 3.1.6. A case is [template, printed text], or [template, null, text of raise_exception or null for another
fault]. With arguments it compares instead: jinja.py CONVERSATIONS TEMPLATE... prints what each template gives, as JSON.
"""
import json, sys
from pathlib import Path

from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2 import nodes

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "  Hi, <|im_end|> there!\n"},
    {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nIt's \"fine\" — größer 😀."},
    {"role": "user", "content": "Why?"},
]


class Refusal(Exception):
    pass


class Generation(Extension):
    """Hugging Face's tag around answers; it prints what is in it."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_print"), [], [], body).set_lineno(line)

    def _print(self, caller):
        return caller()


def raise_exception(message):
    raise Refusal(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception


def render(template, messages=MESSAGES, bos="<s>", eos="</s>"):
    """[text], or [None, text of raise_exception or None]."""
    try:
        return [environment.from_string(template).render(messages=messages, tools=None, documents=None, bos_token=bos, eos_token=eos,
                                                         add_generation_prompt=True)]
    except Refusal as refusal:
        return [None, str(refusal)]
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, SyntaxError):
        return [None, None]


TEMPLATES = r"""
a {{ 1 }} b
===
{% if true %}
a
{% endif %}
b
===
x
  {% if true %}
  a
  {%- endif %}
  b  {%- if true -%}   c   {%- endif +%}
 d
===
  {%+ if true %}  a{% endif %}
===
a
  {{- 'b' -}}
  c
===
a  {# one #}  b
  {# two #}
c {#- three -#} d
===
{# {{ x }} {% if %} #}e
===
{% raw %}{{ x }} {% if %}{% endraw %}f
===
{%- raw -%}  {{ x }}  {%- endraw -%}  g
===
a
  {% raw %}
 x
  {% endraw %}
b
===
{{ 'a' }}
{{ 'b' }}

===
{{+ 1 }}{{ -1 -}} x
===
{% for i in [1, 2, 3] %}
{{ i }}
{% endfor %}
end
===
a {% if true %} b {% else %} c {% endif %} d
===
	{% if true %}	t{% endif %}
===
{% for a in [1,2,3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}
===
{% for a in [1,2,3] %}{{ loop.previtem }}/{{ loop.nextitem }}/{{ loop.cycle('x', 'y') }} {% endfor %}
===
{% for a in [1,2,3,4,5] if a is odd %}{{ a }}{{ loop.length }}{{ loop.last }} {% else %}none{% endfor %}
===
{% for a in [] %}x{% else %}none{% endfor %}{% for a in [1] if a > 1 %}x{% else %}none{% endfor %}
===
{% for a, b in {'x': 1, 'y': 2}.items() %}{{ a }}={{ b }};{% endfor %}
===
{% for a, (b, c) in [[1, [2, 3]]] %}{{ a + b * c }}{% endfor %}
===
{% for a in range(10) %}{% if a == 2 %}{% continue %}{% endif %}{% if a > 4 %}{% break %}{% endif %}{{ a }}{% endfor %}
===
{% set x = 0 %}{% for a in [1,2,3] %}{{ x }}{% set x = a %}{{ x }}{% endfor %}{{ x }}
===
{% set ns = namespace(x=0, y='a') %}{% for a in [1,2,3] %}{% set ns.x = ns.x + a %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z is defined }}
===
{% if true %}{% set x = 1 %}{% endif %}{{ x }}{% for i in [1] %}{% set y = 1 %}{% endfor %}{{ y is defined }}
===
{% for i in [1,2] %}{% for j in [3,4] %}{{ loop.index }}{{ i * j }} {% endfor %}{{ loop.index }};{% endfor %}
===
{% for c in 'aß😀' %}[{{ c }}]{% endfor %}{% for k in {'a': 1} %}{{ k }}{% endfor %}{% for u in undefined %}x{% endfor %}
===
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t = 1, %}{{ t }}{% set c = (3, 4) %}{{ c[1] }}
===
{% set x %}
  block {{ 1 }}
{% endset %}[{{ x }}]{% set y | trim | upper %}  q {% endset %}[{{ y }}]
===
{% macro m(a, b='x', c=a) %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}
===
{% macro fac(n) %}{{ 1 if n < 2 else n * (fac(n - 1) | int) }}{% endmacro %}{{ fac(5) }}
===
{% set g = 'out' %}{% macro m() %}{{ g }}{% set g = 'in' %}{{ g }}{% endmacro %}{{ m() }}{{ g }}
===
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
===
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(z=2) }}
===
{% filter upper %}a{{ 'b' }}{% endfilter %}{% filter replace('a', 'c') | trim %}  aa {% endfilter %}
===
{% generation %}a{{ 1 }}{% endgeneration %}b
===
{{ 1 + 2 * 3 - 4 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }}
===
{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1 / 4 }} {{ 4 / 2 }} {{ 1.5 + 1 }} {{ 0.1 + 0.2 }} {{ 1e3 }} {{ 1e16 }} {{ 1.5e-7 }} {{ 123456789.125 }} {{ 1e22 }} {{ 100000.0 * 10 }}
===
{{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1_000 }} {{ 1_0.5 }} {{ true + true }} {{ 3 - true }} {{ +3 }} {{ - 3 }} {{ 1 - -1 }}
===
{{ 9223372036854775807 }} {{ -9223372036854775807 }}
===
{{ 5 % 9223372036854775807 }} {{ -5 % 9223372036854775807 }} {{ 6 % -3 }} {{ 1234567890123456.0 }} {{ 0.0001 }} {{ -0.0 }} {{ 1000000000000000.5 }}
===
{{ 'a' ~ 1 ~ true ~ none ~ 1.0 ~ [1, 'x'] }} {{ 1 + 2 ~ 3 + 4 }}
===
{{ 'a' * 3 }}{{ 2 * 'b' }}{{ [1] * 2 }}{{ [1] + [2] }}{{ (1,) + (2,) }}{{ 'x' * -1 }}
===
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 1 == 1.0 == true }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 'a' != 'a' }} {{ (1, 2) == [1, 2] }} {{ {'a': 1} == {'a': 1.0} }}
===
{{ 1 in [1, 2] }} {{ 3 not in [1, 2] }} {{ 'a' in 'cat' }} {{ 'role' in messages[0] }} {{ 'x' in {} }} {{ '' in '' }} {{ not 1 in [2] }} {{ 1 in undefined }}
===
{{ 0 or 'x' }} {{ '' and 'y' }}| {{ 1 and 2 }} {{ none or [] }} {{ not '' }} {{ not not 1 }} {{ true and not false }} {{ 1 or missing.x }}
===
{{ 'a' if true else 'b' }} {{ 'a' if false }}| {{ 'a' if false else 'b' if true else 'c' }} {{ ('x' if false) is defined }}
===
{{ true }} {{ True }} {{ none }} {{ None }} {{ false }} {{ False }}
===
{{ 'a\nb\t\\ \' \x41 é \q \101' }}|{{ "d" 'e' }}|{{ 'ab
c' }}|{{ "\"" }}
===
{{ [1, 'a', none, true, 1.5, {'k': ('t',)}, [], {}, ()] }}
===
{{ ["it's", 'say "x"', 'both \' and "', 'nl\n', 'tab\té\x01'] }}
===
{{ {'a': 1, 2: 'b', 'a': 3} }} {{ {'a': {'b': {}}}['a']['b'] }} {{ {true: 1}[1] }}
===
{{ 'abcdef'[1:3] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-2:] }} {{ 'abcdef'[:-2] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[4:1:-1] }} {{ 'abcdef'[10:] }}| {{ 'abc'[-1] }} {{ 'abc'[5] }}|
===
{{ [1,2,3][1:] }} {{ [1,2,3][::-1] }} {{ (1,2,3)[:2] }} {{ [1,2,3][-1] }} {{ [1][7] is defined }} {{ [1,2,3][5:0:-2] }} {{ [1,2,3][none:none:none] }}
===
{{ 'a😀b'[1] }} {{ 'a😀b' | length }} {{ 'a😀b'[::-1] }} {{ 'a😀b'.find('b') }} {{ '😀😀x'[1:] }}
===
{{ messages[0].role }} {{ messages[0]['content'] }} {{ messages[-1].content }} {{ messages[0].missing is defined }} {{ messages | length }} {{ messages[1:] | length }}
===
{{ messages[9].role }}
===
{{ messages[9] is defined }} {{ messages[0].get('role') }} {{ messages[0].get('x') }} {{ messages[0].get('x', 5) }} {{ messages[0]['items'] is callable }}
===
{{ messages[0].items() | list }} {{ messages[0].keys() | list }} {{ messages[3].values() | list }} {{ messages[0] | items | list }}
===
{{ missing }}| {{ missing is defined }} {{ missing is undefined }} {{ missing is not defined }} {{ not missing }} {{ missing == missing2 }} {{ missing | length }} {{ missing | default('d') }} {{ '' | default('d') }}| {{ '' | default('d', true) }} {{ none | d('x') }} {{ none | d('x', boolean=true) }}
===
{{ missing.x }}
===
{{ missing + 'a' }}
===
{{ missing() }}
===
{{ missing[0] }}
===
{{ 'a' ~ missing ~ 'b' }} {{ [missing] }}
===
{{ 'a' + 1 }}
===
{{ 1 + 'a' }}
===
{{ [] + () }}
===
{{ 1 < 'a' }}
===
{{ 1 in 5 }}
===
{{ 1 in 'abc' }}
===
{{ none.x is defined }} {{ none['x'] is defined }} {{ 5.x is defined }}
===
{{ none.x.y }}
===
{{ 1 // 0 }}
===
{{ 1 / 0 }}
===
{% for a in 5 %}{% endfor %}
===
{% for a in none %}{% endfor %}
===
{% for a, b in [[1]] %}{% endfor %}
===
{% set x.y = 1 %}
===
{% set x = {} %}{% set x.y = 1 %}
===
{{ [1].append(2) }}
===
{{ messages.append(1) }}
===
{{ {}.update({'a': 1}) }}
===
{{ 'x'.__class__ }}|{{ ''.__class__ is defined }}
===
{{ 'x'.__class__.__mro__ }}
===
{{ 'x'.nothing() }}
===
{{ raise_exception('No ' ~ messages[0].role ~ '!') }}
===
{% if messages[0].role == 'system' %}{{ raise_exception("System role not supported") }}{% endif %}
===
{{ strftime_now is defined }} {{ enable_thinking is defined }} {{ tools is none }} {{ documents is none }} {{ tools is defined }} {{ add_generation_prompt }} {{ bos_token }}{{ eos_token }}
===
{{ strftime_now('%Y') }}
===
{{ 'a' | nofilter }}
===
{% if false %}{{ 'a' | nofilter }}{% endif %}ok
===
{{ 'a' is notest }}
===
{{ 1 is odd }} {{ 2 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ 1 is boolean }}
===
{{ 'a' is string }} {{ 'a' is iterable }} {{ 'a' is sequence }} {{ [] is sequence }} {{ {} is mapping }} {{ {} is iterable }} {{ 1 is iterable }} {{ none is none }} {{ none is not none }} {{ 'A' is upper }} {{ 'a' is lower }} {{ 'aB' is lower }} {{ range is callable }}
===
{{ true is true }} {{ 1 is true }} {{ false is false }} {{ 0 is false }} {{ 1 is sameas 1 }} {{ 1 is sameas true }} {{ none is sameas none }} {{ 1 is eq 1 }} {{ 1 is ne 2 }} {{ 1 is equalto 1 }} {{ 2 is gt 1 }} {{ 2 is lessthan 1 }} {{ 1 is in [1] }} {{ 'a' is in('abc') }} {{ 1 is not in [1] }}
===
{{ 'x' if missing is defined else 'y' }} {{ 'x' if 1 is odd and 2 is even }} {{ not 1 is odd }} {{ 1 is defined and 2 }} {{ 1 is odd is even }}
===
{{ (1 is odd) is true }} {{ 1 is not odd }} {{ 'ab' | length is even }} {{ 1 + 1 is even }}
===
{{ '  x ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ 5 | trim }}|{{ 'ab' | upper }}{{ 'AB' | lower }}|{{ "it's a-b (c) foo_bar" | title }}|{{ 'aBC dE' | capitalize }}|{{ 'straße' | upper }}
===
{{ "it's a-b (c) foo_bar x2y".title() }}|{{ 'aBC dE'.capitalize() }}|{{ 'aB'.upper() }}{{ 'aB'.lower() }}|{{ ''.title() }}
===
{{ [1, 2, 3] | first }} {{ [1, 2, 3] | last }} {{ [] | first }}| {{ 'abc' | first }}
===
{{ [1, 2, 3] | join }} {{ [1, 2, 3] | join(', ') }} {{ messages | join('|', attribute='role') }} {{ messages | map(attribute='role') | join(' ') }} {{ ['a', 'b'] | map('upper') | list }} {{ [' a '] | map('trim') | join }} {{ 'abc' | join('-') }}
===
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | list }} {{ [0, 1, 2] | select | list }} {{ [0, 1, 2] | reject('odd') | list }} {{ messages | selectattr('role') | list | length }} {{ [{'a': {'b': 1}}, {'a': {'b': 0}}] | selectattr('a.b') | list }}
===
{{ [{'x': 2}, {}] | map(attribute='x', default=0) | list }}
===
{{ [1, 2] | reverse | list }} {{ 'abc' | reverse }}
===
{{ {'a': 1} | items | list }} {{ missing | items | list }} {{ {'a': 1} | list }} {{ 'ab' | list }} {{ (1, 2) | list }}
===
{{ '5' | int }} {{ ' 7 ' | int }} {{ '3.9' | int }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ 3.9 | int }} {{ -3.9 | int }} {{ true | int }} {{ none | int }} {{ 5 | string ~ 1 }}
===
{{ 'aXbXc' | replace('X', '-') }} {{ 'aXbXc' | replace('X', '-', 1) }} {{ 'aXbXc'.replace('X', '') }} {{ 'aXbXc'.replace('X', '-', 1) }} {{ 'abc'.replace('', '.') }} {{ ''.replace('', 'x') }} {{ 12 | replace('1', '3') }}
===
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ', first=true) }}|{{ '' | indent }}|
===
{{ {'a': [1, 2.0, none, true], 'b': 'é"\\\n\x01/<>&\''} | tojson }} {{ [] | tojson }} {{ {} | tojson }} {{ 'x' | tojson }} {{ 1.0 | tojson }} {{ (1, 2) | tojson }} {{ {1: 2, true: 3, none: 4} | tojson }}
===
{{ {'a': [1, {'b': 2}], 'c': [], 'd': {}} | tojson(indent=2) }}
===
{{ {'b': 'é😀', 'a': 1} | tojson(ensure_ascii=true, sort_keys=true, separators=(',', ':')) }} {{ [1, 2] | tojson(indent='\t') }} {{ [1, 2] | tojson(indent=0) }}
===
{{ missing | tojson }}
===
{{ messages | tojson }}
===
{{ messages }}
===
{{ ' a b  c '.split() }} {{ 'a,b,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ' a b c'.split(none, 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ 'a--b'.split('--')[-1] }} {{ 'aaa'.split('a') }} {{ 'aaa'.rsplit('aa') }} {{ 'a b '.rsplit() }}
===
{{ 'a\nb\r\nc\n'.splitlines() }} {{ 'a\nb'.splitlines(true) }} {{ ''.splitlines() }} {{ '\n'.splitlines() }}
===
{{ '  a '.strip() }}|{{ '  a '.lstrip() }}|{{ '  a '.rstrip() }}|{{ 'xyaxy'.strip('xy') }}|{{ '\n\na\n'.lstrip('\n') }}|{{ ' \x1c\u3000a\xa0'.strip() }}|{{ 'a'.strip(none) }}
===
{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'ab')) }} {{ 'abc'.endswith('c') }} {{ 'abc'.endswith(('x',)) }} {{ 'abc'.find('c') }} {{ 'abc'.find('x') }} {{ 'abca'.rfind('a') }} {{ 'aaa'.count('a') }} {{ 'aaa'.count('aa') }} {{ 'ab'.count('') }} {{ '-'.join(['a', 'b']) }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('bc') }}
===
{{ '12'.isdigit() }} {{ ''.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'A'.isupper() }} {{ 'a1'.islower() }} {{ '1'.islower() }}
===
{{ '-'.join([1]) }}
===
{{ 'a'.split('') }}
===
{{ 'a'.startswith(1) }}
===
{{ [1, 2, 1].index(2) }} {{ [1, 2, 1].count(1) }} {{ (1, 2).index(1) }}
===
{{ [1].index(5) }}
===
{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(5, 0, -2) | list }} {{ range(0) | list }}
===
{{ range(1000000) | list }}
===
{{ range(1, 5, 0) | list }}
===
{{ dict(a=1, b=2) }} {{ dict({'x': 1}, y=2) }} {{ dict([('k', 'v')]) }}
===
{{ namespace(a=1).a }} {{ namespace({'b': 2}).b }} {{ namespace(a=1)['a'] }}
===
{{ [[1, 2], [3]] | map('length') | list }} {{ [1, 2] | map('string') | join('+') }} {{ ['a'] | map('replace', 'a', 'b') | list }}
===
{{ (1) }} {{ (1,) }} {{ () }} {{ 1, 2 }} {{ [1, 2,] }} {{ {'a': 1,} }}
===
{{ messages[0].content.split('.')[0] | upper ~ '!' }} {{ (messages[0].content | trim).split(' ')[1] }} {{ messages[0]['content'].upper()[::-1] }}
===
{{ messages[2].content.split('</think>')[-1].lstrip('\n') }}|{{ messages[1].content | trim }}|{{ messages[2]['content'] | length }}
===
{{ bos_token + messages[1].content.strip() + eos_token }}
===
{%- for message in messages %}{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ loop.index0 }}{% endif %}{% endfor %}
===
{% for m in messages[::-1] %}{% set i = (messages | length - 1) - loop.index0 %}{{ i }}{{ m.role }}{% endfor %}
===
{{ 'a'.b.c }}
===
{{ 1.5.x is defined }}
===
{{ 'x' | default }}{{ missing | default }}{{ missing | default(missing2) is defined }}
===
{{ 3 | string | length }}{{ [1, [2]] | string }}{{ '<b>' | safe }}
===
{% if %}{% endif %}
===
{% if true %}
===
{% endif %}
===
{% for x in %}{% endfor %}
===
{% for in [] %}{% endfor %}
===
{% unknown %}
===
{% break %}
===
{% set = 1 %}
===
{{ }}
===
{{ 1 + }}
===
{{ 'a }}
===
{{ a b }}
===
{{ (1 }}
===
{{ 1) }}
===
{{ [1 }}
===
{{ {1} }}
===
{{ 'a' | }}
===
{{ a. }}
===
{{ a is }}
===
{{ f(a=1, 2) }}
===
{{ ! }}
===
{{ '\x4' }}
===
{{
===
{%
===
{# open
===
{% raw %} x
===
{% if true %}a{% else %}b{% else %}c{% endif %}
===
{% if false %}a{% elif true %}b{% elif true %}c{% else %}d{% endif %}{% if 1, %}t{% endif %}
===
{% macro m( %}{% endmacro %}
===
{% for a in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
===
a}}b %}c #}d {e} { { }
===
{{ "}}" }}{{ '%}' }}{% set x = '{{ %}' %}{{ x }}{{ {'a': {'b': 1}}.a.b }}
===
{%if true%}tight{%endif%}{{1}}{%-if true-%} x {%-endif-%}
===
{{ 'a'
  ~ 'b' }}
===
{{ true is boolean and 'yes' or 'no' }} {{ [] is none or 'e' }}
===
{{ 'a' if messages[0].role == 'system' and messages[1].role == 'user' else 'b' }}
===
{{ messages[0].role | upper == 'SYSTEM' }} {{ 'x' | upper in 'XYZ' }} {{ 2 * 3 | string }}
===
{{ loop is defined }}{% for i in [1] %}{{ loop is defined }}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}
===
{% set m = messages %}{% set messages = m[1:] %}{{ messages | length }}{% for messages in [1] %}{{ messages }}{% endfor %}{{ messages | length }}
===
{% set x = 1 %}{% set y = x + 1 %}{% set x = y * 2 %}{{ x }}{{ y }}
===
{% set ns = namespace(list=[]) %}{% for m in messages %}{% set ns.list = ns.list + [m.role] %}{% endfor %}{{ ns.list | join(',') }}
===
{{ [messages[0].role, 'b'] | join(' ') | title }}
===
{{ 'a'.upper().lower().upper() }}{{ ('a' ~ 'b').upper() }}{{ 'a'['upper']() }}
===
{{ [none, 1, ''] | select('none') | list }}{{ [1, 'a'] | select('string') | list }}{{ [1, 2, 3] | select('gt', 1) | list }}{{ [1, 2, 3] | select('in', [1, 3]) | list }}
===
{{ ''.join(['a', 'b']) ~ 'c' | upper }}{{ ('c' ~ 'd') | upper }}
""".strip("\n").split("\n===\n")


def main():
    if len(sys.argv) > 1:
        conversations = json.loads(Path(sys.argv[1]).read_text())
        print(json.dumps([[render(Path(path).read_text(), conversation) for conversation in conversations] for path in sys.argv[2:]]))
        return
    cases = [[template, *render(template)] for template in TEMPLATES]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    messages = json.dumps(MESSAGES, ensure_ascii=False)
    (Path(__file__).parent / "jinja.json").write_text(f'{{"messages": {messages},\n"cases": [\n{lines}\n]}}\n')
    print(len(cases), "cases,", sum(case[1] is None for case in cases), "of them faults")


main()

using System.Collections.Frozen;

namespace Speculative;

/// <summary>jinja2's tests: what may follow <c>is</c>.</summary>
static class JinjaTests
{
    static readonly FrozenDictionary<string, string> comparisons = new Dictionary<string, string>
    {
        ["eq"] = "==",
        ["equalto"] = "==",
        ["=="] = "==",
        ["ne"] = "!=",
        ["!="] = "!=",
        ["lt"] = "<",
        ["lessthan"] = "<",
        ["<"] = "<",
        ["le"] = "<=",
        ["<="] = "<=",
        ["gt"] = ">",
        ["greaterthan"] = ">",
        [">"] = ">",
        ["ge"] = ">=",
        [">="] = ">=",
        ["in"] = "in",
    }.ToFrozenDictionary();

    static readonly FrozenDictionary<string, Func<object, bool>> tests = new Dictionary<string, Func<object, bool>>
    {
        ["defined"] = value => value is not JinjaUndefined,
        ["undefined"] = value => value is JinjaUndefined,
        ["none"] = value => value is JinjaNone,
        ["true"] = value => value is true,
        ["false"] = value => value is false,
        ["boolean"] = value => value is bool,
        ["integer"] = value => value is long,
        ["float"] = value => value is double,
        ["number"] = value => value is long or double or bool,
        ["string"] = value => value is JinjaText,
        ["mapping"] = value => value is JinjaDict,
        ["iterable"] = value => value is JinjaText or JinjaList or JinjaDict or JinjaUndefined,
        ["sequence"] = value => value is JinjaText or JinjaList or JinjaDict or JinjaUndefined,
        ["callable"] = value => value is JinjaFunction or JinjaUndefined,
        ["odd"] = value => JinjaValue.ToInteger(value) % 2 != 0,
        ["even"] = value => JinjaValue.ToInteger(value) % 2 == 0,
        ["lower"] = value => value is JinjaText text && JinjaCase.IsLower(text),
        ["upper"] = value => value is JinjaText text && JinjaCase.IsUpper(text),
    }.ToFrozenDictionary();

    public static bool Holds(JinjaRun run, string name, object value, JinjaArguments arguments)
    {
        run.Budget.Spend(value is JinjaText ? JinjaBudget.Cost(value) : 1);
        if (comparisons.TryGetValue(name, out string? symbol))
            return JinjaOperator.Compare(run, symbol, value, arguments.One("other"));
        if (name == "sameas")
            return IsSame(value, arguments.One("other"));
        if (name == "divisibleby")
            return JinjaOperator.Calculate(run, "%", value, arguments.One("num")) is 0L;
        if (!tests.TryGetValue(name, out Func<object, bool>? test))
            throw new JinjaFault("a test that is known", JinjaFault.Show(name));
        arguments.Bind();
        return test(value);
    }

    static bool IsSame(object value, object other) => value is long or double or bool
        ? value.GetType() == other.GetType() && value.Equals(other) : ReferenceEquals(value, other);
}

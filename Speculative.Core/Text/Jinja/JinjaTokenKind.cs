namespace Speculative;

enum JinjaTokenKind
{
    /// <summary>Text outside of tags.</summary>
    Text,

    /// <summary><c>{{</c>, <c>}}</c>, <c>{%</c> or <c>%}</c>.</summary>
    Tag,

    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

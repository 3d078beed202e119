namespace Speculative;

/// <summary>What <c>tokenizer.ggml.token_type</c> says of a token, numbered as in the files.</summary>
enum GgufTokenKind
{
    None,
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

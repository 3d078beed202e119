namespace Speculative;

/// <summary>A token that is found in the text before it is cut into words.</summary>
/// <param name="Id">The token.</param>
/// <param name="Content">What it looks like in text.</param>
/// <param name="IsSpecial">A control token: it gives no text, and ordinary text does not make it.</param>
/// <param name="IsNormalized">It is looked for in normalized text, else in the text as given.</param>
/// <param name="StripsLeft">White space before it belongs to it.</param>
/// <param name="StripsRight">White space after it belongs to it.</param>
/// <param name="IsWord">Letters, digits or underscores right before or after it make it ordinary text.</param>
sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized, bool StripsLeft, bool StripsRight, bool IsWord)
{
    public static AddedToken Read(JsonField token)
    {
        string content = token["content"].Text();
        if (content.Length == 0)
            throw token["content"].Fault("some text");
        bool special = token["special"].Bool(false);
        return new(token["id"].Int(0, BpeModel.MaxTokenId), content, special, token["normalized"].Bool(!special),
            token["lstrip"].Bool(false), token["rstrip"].Bool(false), token["single_word"].Bool(false));
    }
}

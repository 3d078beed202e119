namespace Speculative.Bench.Questions;

/// <summary>A question in Spec-Bench's format.</summary>
/// <param name="Id"><c>question_id</c>, unique in its file.</param>
/// <param name="Category"><c>category</c>; the eight of MT-Bench make up one task.</param>
/// <param name="Turns">What the user says, turn by turn; at least one, none blank.</param>
sealed record Question(int Id, string Category, IReadOnlyList<string> Turns)
{
    /// <summary>Spec-Bench's name of the multi-turn conversation task.</summary>
    public const string Conversation = "mt_bench";

    static readonly string[] ConversationCategories =
        ["writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities"];

    /// <summary>The task that the question is reported under.</summary>
    public string Task => ConversationCategories.Contains(Category) ? Conversation : Category;
}

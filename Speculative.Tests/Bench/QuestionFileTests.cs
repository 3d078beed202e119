using Speculative.Bench;
using Speculative.Bench.Questions;

namespace Speculative.Tests;

public sealed class QuestionFileTests
{
    const string Good = """{"question_id": 7, "category": "qa", "turns": ["who"], "reference": [["x"], 1]}""";

    static IReadOnlyList<Question> Parse(string text) => QuestionFile.Parse(new StringReader(text), "q.jsonl");

    [Fact]
    public void Parse_GoodLines_KeepsOrderAndSkipsEmptyLines()
    {
        IReadOnlyList<Question> questions = Parse(Good + "\n\n" + """{"turns": ["a", "b"], "category": "stem", "question_id": 2}""" + "\n");
        Assert.Equal([7, 2], questions.Select(question => question.Id));
        Assert.Equal(["a", "b"], questions[1].Turns);
        Assert.Equal(["qa", "mt_bench"], questions.Select(question => question.Task));
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "expected a JSON object, found an array")]
    [InlineData("""{"category": "qa", "turns": ["a"]}""", "'question_id' is missing")]
    [InlineData("""{"question_id": "1", "category": "qa", "turns": ["a"]}""", "expected a number in 'question_id', found a string")]
    [InlineData("""{"question_id": 1.5, "category": "qa", "turns": ["a"]}""", "32-bit integer, found 1.5")]
    [InlineData("""{"question_id": 3000000000, "category": "qa", "turns": ["a"]}""", "32-bit integer, found 3000000000")]
    [InlineData("""{"question_id": 1, "turns": ["a"]}""", "'category' is missing")]
    [InlineData("""{"question_id": 1, "category": "", "turns": ["a"]}""", "expected text in 'category', found an empty string")]
    [InlineData("""{"question_id": 1, "category": "qa"}""", "'turns' is missing")]
    [InlineData("""{"question_id": 1, "category": "qa", "turns": "a"}""", "expected an array in 'turns', found a string")]
    [InlineData("""{"question_id": 1, "category": "qa", "turns": []}""", "expected at least one turn in 'turns', found none")]
    [InlineData("""{"question_id": 1, "category": "qa", "turns": [null]}""", "expected a string in 'turns', found null")]
    [InlineData("""{"question_id": 1, "category": "qa", "turns": [" "]}""", "expected text in 'turns', found an empty string")]
    [InlineData("""{"question_id": 1, "category": "qa", "turns": ["\ud800"]}""", "not valid Unicode")]
    [InlineData("""{"question_id": 9, "category": "qa", "turns": ["a"], "\ud800turnsxxxxxxxxx": 1}""", "")]
    [InlineData("""{"category": "qa", "turns": ["a"], "\ud800question_id": 1}""", "")]
    [InlineData("""{"question_id": 7, "category": "qa", "turns": ["a"]}""", "question_id 7 is already used on line 1")]
    public void Parse_BadLine_NamesFileLineAndFault(string line, string fault)
    {
        BenchException exception = Assert.Throws<BenchException>(() => Parse(Good + "\n\n" + line));
        Assert.StartsWith("q.jsonl, line 3: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(fault, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    /// <summary>A model's weights, say, instead of questions: said before they are read. The file is sparse.</summary>
    [Fact]
    public void Read_HugeFile_IsRefusedUnread()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.OpenWrite(path))
                file.SetLength(1L << 40);
            Assert.EndsWith("found a file of more than 256 MiB.", Assert.Throws<BenchException>(() => QuestionFile.Read(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Parse_NoQuestion_Throws() =>
        Assert.Contains("at least one question", Assert.Throws<BenchException>(() => Parse("\n\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void BuiltIn_WithTheEmbeddedModelsTokenizer_LeavesRoomForAnswers()
    {
        const int answer = 96, context = 512;
        string folder = Path.Combine(AppContext.BaseDirectory, "models", "target");
        Tokenizer tokenizer = Tokenizer.Load(folder);
        ChatTemplate template = ChatTemplate.Load(folder);
        Assert.All(QuestionFile.BuiltIn(), question =>
        {
            int used = question.Turns.Sum(turn => tokenizer.Encode(template.Apply([new(ChatRole.User, turn)])).Length);
            Assert.InRange(used + question.Turns.Count * answer, 1, context);
            Assert.InRange(used, 1, 350);
        });
    }

    [Fact]
    public void BuiltIn_HasFourQuestionsForEachOfSixTasks()
    {
        IReadOnlyList<Question> questions = QuestionFile.BuiltIn();
        Assert.Equal(24, questions.Count);
        Assert.Equal(24, questions.Select(question => question.Id).Distinct().Count());
        string[] tasks = ["mt_bench", "translation", "summarization", "qa", "math_reasoning", "rag"];
        Assert.Equal(tasks, questions.GroupBy(question => question.Task).Select(task => task.Key));
        Assert.All(questions.CountBy(question => question.Task), task => Assert.Equal(4, task.Value));
        Assert.All(questions, question => Assert.Equal(question.Task == Question.Conversation ? 2 : 1, question.Turns.Count));
    }
}

using System.Diagnostics;
using StarterTrain;
using TorchSharp;

torch.set_num_threads(Environment.ProcessorCount);
switch (args)
{
    case ["prepare", var corpus, var work, .. var options]:
        Prepare(corpus, work, Option(options, "--tokenizer"),
            int.Parse(Option(options, "--vocabulary") ?? "4096"), int.Parse(Option(options, "--longest") ?? "2016"));
        break;
    case ["train", var name, var work, .. var options]:
        new Training(Shape.Of(name, Path.Combine(work, "tokenizer.json")), work, new()
        {
            Minutes = double.Parse(Option(options, "--minutes") ?? "33"),
            Rate = double.Parse(Option(options, "--rate") ?? "4e-3"),
            Decay = double.Parse(Option(options, "--decay") ?? "0.15"),
            Positions = int.Parse(Option(options, "--positions") ?? "2048"),
            Resume = Option(options, "--resume"),
            Grow = Option(options, "--grow"),
            Start = Option(options, "--start"),
            Avoid = Option(options, "--avoid"),
            Unlearn = int.Parse(Option(options, "--unlearn") ?? "0"),
            Teacher = Option(options, "--teacher"),
            Answers = Option(options, "--answers"),
            Documents = int.Parse(Option(options, "--documents") ?? "0"),
        }).Run();
        break;
    case ["export", var name, var checkpoint, var tokenizer, var output, .. var options]:
        var shape = Shape.Of(name, tokenizer);
        shape = shape with { Context = int.Parse(Option(options, "--context") ?? $"{shape.Context}") };
        Export.Write(Checkpoint.Read(checkpoint, shape), tokenizer, output);
        break;
    case ["reply", var folder, var work, var output, .. var options]:
        var replies = Replies.Write(folder, Documents.Load(Path.Combine(work, "training.bin")),
            int.Parse(Option(options, "--count") ?? "4000"), float.Parse(Option(options, "--temperature") ?? "0"));
        Documents.Save(output, replies);
        Console.WriteLine($"{Replies.Repeated(replies):P1} of their tokens repeated");
        break;
    case ["answer", var name, var checkpoint, var tokenizer, var prompts, var output]:
        new Samples(Shape.Of(name, tokenizer), checkpoint, tokenizer).Answer(prompts, output);
        break;
    case ["repetition", var name, var checkpoint, var tokenizer, var validation]:
        new Samples(Shape.Of(name, tokenizer), checkpoint, tokenizer).Repetition(validation);
        break;
    default:
        Console.Error.WriteLine("""
            prepare CORPUS WORK [--tokenizer FILE | --vocabulary N] [--longest N]
                                                          draw the mix, learn a tokenizer of N tokens (or keep the one given), tokenize;
                                                          documents of up to N tokens
            train MODEL WORK [--minutes N] [--rate R] [--decay SHARE] [--positions P] [--resume CHECKPOINT | --start FOLDER | --grow FOLDER]
                  [--avoid REPLIES | --unlearn COUNT] [--teacher FOLDER] [--answers REPLIES,...] [--documents N]
                                                          train for N minutes in all, P positions a step; away from the repetitions in
                                                          replies, or in COUNT answers that the model writes anew as it learns; towards a
                                                          teacher; on N documents of the mix, and on replies
            reply FOLDER WORK REPLIES [--count N] [--temperature T]
                                                          a model's own answers to training prompts, by the engine of this project
            export MODEL CHECKPOINT TOKENIZER FOLDER [--context N]
                                                          write a Hugging Face model folder; N: the positions that were trained
            answer MODEL CHECKPOINT TOKENIZER PROMPTS OUTPUT
                                                          greedy answers, with logits
            repetition MODEL CHECKPOINT TOKENIZER VALIDATION
                                                          how often greedy answers repeat themselves
            """);
        return 2;
}
return 0;

static string? Option(string[] options, string name) =>
    Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;

static void Prepare(string corpus, string work, string? tokenizer, int vocabulary, int longest)
{
    Directory.CreateDirectory(work);
    var watch = Stopwatch.StartNew();
    var conversations = Corpus.Read(corpus).ToList();
    Console.WriteLine($"{conversations.Count} conversations read in {watch.Elapsed.TotalSeconds:F0} s");
    ByteLevelBpe bpe = tokenizer is null
        ? new(BpeTrainer.Train(conversations.Where(c => !c.HeldOut).SelectMany(c => c.Turns), vocabulary))
        : ByteLevelBpe.Load(tokenizer);
    bpe.Save(Path.Combine(work, "tokenizer.json"));
    Console.WriteLine($"{bpe.Size} tokens in the vocabulary after {watch.Elapsed.TotalSeconds:F0} s");
    Dictionary<string, (int Documents, int Tokens)> sources = [];
    List<Document> training = [], validation = [];
    foreach (var conversation in conversations)
        foreach (var document in Documents.FromConversation(conversation, bpe, longest))
        {
            (conversation.HeldOut ? validation : training).Add(document);
            var (documents, tokens) = sources.GetValueOrDefault($"{conversation.Source}/{conversation.Category}");
            sources[$"{conversation.Source}/{conversation.Category}"] = (documents + 1, tokens + document.Ids.Length);
        }
    Documents.Save(Path.Combine(work, "training.bin"), training);
    Documents.Save(Path.Combine(work, "validation.bin"), validation);
    foreach (var (source, (documents, tokens)) in sources.OrderByDescending(s => s.Value.Tokens))
        Console.WriteLine($"{source,-32} {documents,7} documents {tokens,9} tokens");
    int answers = training.Sum(d => d.Roles.Count(role => role == TokenRole.Answer));
    Console.WriteLine($"training {training.Sum(d => d.Ids.Length)} tokens, {answers} of them in answers; "
        + $"validation {validation.Sum(d => d.Ids.Length)}; {watch.Elapsed.TotalSeconds:F0} s");
}

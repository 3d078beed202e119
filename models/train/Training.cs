using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace StarterTrain;

/// <summary>
/// Trains for a time budget with a warm-up, a constant rate and a linear decay at the end. The exits before the last layer
/// share the final norm and the head; each step computes their losses on a few rows only, which keeps them cheap.
/// </summary>
public sealed class Training
{
    const double WarmUpSteps = 100, EvaluateEvery = 120, SaveEvery = 180;
    const float PromptWeight = 0.4f;
    const int RenewEvery = 50;
    const double AvoidStrength = 0.5; // of a batch of repetitions beside a batch of the mix

    /// <summary>
    /// The number format of the matrix products: bfloat16 where the processor multiplies it (AVX-512 BF16), else float32, which is far
    /// faster there.
    /// </summary>
    static readonly ScalarType Products =
        File.Exists("/proc/cpuinfo") && File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16")
            ? ScalarType.BFloat16
            : ScalarType.Float32;

    readonly string folder;
    readonly double budget, peakRate, decayShare;
    readonly Llama model;
    readonly Llama? teacher;
    readonly int[] exits;
    readonly AdamW optimizer;
    readonly Batches training, validation;
    readonly int unlearn;
    readonly List<Document> documents;
    readonly StreamWriter log;
    Progress progress = new();
    Batches? avoided;
    List<List<List<Document>>> avoidedPlan = [];
    double lastEvaluation, lastSave, gradientNorm;
    bool decaying;

    public Training(Shape shape, string folder, TrainingOptions options)
    {
        (this.folder, budget, peakRate, decayShare) = (folder, options.Minutes * 60, options.Rate, options.Decay);
        model = new(shape);
        exits = [.. shape.Exits, shape.Layers];
        optimizer = new(model.Parameters);
        unlearn = options.Unlearn;
        documents = Documents.Load(Path.Combine(folder, "training.bin"));
        if (options.Documents > 0)
            new Random(0).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(documents));
        if (options.Documents > 0 && options.Documents < documents.Count)
            documents.RemoveRange(options.Documents, documents.Count - options.Documents);
        if (options.Answers is not null)
            foreach (string replies in options.Answers.Split(','))
                documents.AddRange(Documents.Load(replies));
        training = new(documents, options.Positions, Weigh);
        validation = new(Documents.Load(Path.Combine(folder, "validation.bin")), options.Positions, Weigh);
        if (options.Avoid is not null)
            Avoid(Documents.Load(options.Avoid));
        if (options.Teacher is not null)
            teacher = Export.Read(options.Teacher);
        if (options.Resume is not null)
            progress = Checkpoint.Load(options.Resume, model, optimizer);
        else if (options.Grow is not null)
            Growth.From(options.Grow, model);
        else if (options.Start is not null)
            Export.ReadInto(model, options.Start);
        (lastSave, lastEvaluation) = (progress.Seconds, progress.Seconds);
        var path = Path.Combine(folder, "loss.csv");
        bool fresh = options.Resume is null || !File.Exists(path);
        log = new(path, append: !fresh) { AutoFlush = true };
        if (fresh)
            log.WriteLine("seconds,step,tokens,epoch,rate,train_loss,validation_loss,validation_answer_loss_by_exit,tokens_per_second");
        foreach (var parameter in model.Parameters.Values)
            parameter.grad = zeros_like(parameter);
    }

    public void Run()
    {
        double before = progress.Seconds, loss = 0;
        long steps = 0, tokens = progress.Tokens;
        var watch = Stopwatch.StartNew();
        for (var plan = training.Plan(progress.Epoch); progress.Seconds < budget; plan = training.Plan(progress.Epoch))
        {
            while (progress.Batch < plan.Count && progress.Seconds < budget)
            {
                if (unlearn > 0 && progress.Step % RenewEvery == 0)
                    Renew();
                (progress.Seconds, steps) = (before + watch.Elapsed.TotalSeconds, steps + 1);
                loss += Step(plan[progress.Batch]);
                if (progress.Step % 50 == 0)
                    Console.WriteLine(FormattableString.Invariant(
                        $"{progress.Seconds,6:F0} s  step {progress.Step,5}  tokens {progress.Tokens,9}  rate {Rate():E2}  ")
                        + FormattableString.Invariant($"loss {loss / steps:F3}  gradient {gradientNorm:F2}"));
                if (progress.Seconds - lastEvaluation < EvaluateEvery)
                    continue;
                Report(loss / steps, (progress.Tokens - tokens) / (progress.Seconds - lastEvaluation));
                (loss, steps, tokens, lastEvaluation) = (0, 0, progress.Tokens, before + watch.Elapsed.TotalSeconds);
                if (progress.Seconds - lastSave < SaveEvery)
                    continue;
                Save("checkpoint.bin");
                lastSave = progress.Seconds;
            }
            if (progress.Batch == plan.Count)
                (progress.Epoch, progress.Batch) = (progress.Epoch + 1, 0);
        }
        Report(loss / Math.Max(steps, 1),
            (progress.Tokens - tokens) / Math.Max(progress.Seconds - lastEvaluation, 1), batches: int.MaxValue);
        Save("final.bin");
    }

    /// <summary>
    /// The learning rate now. Before the decay starts, the state is kept as stable.bin: more training continues from there.
    /// </summary>
    double Rate()
    {
        double left = (budget - progress.Seconds) / (budget * decayShare);
        if (left < 1 && !decaying)
        {
            decaying = true;
            Save("stable.bin");
        }
        return peakRate * Math.Min((progress.Step + 1) / WarmUpSteps, Math.Clamp(left, 0.02, 1));
    }

    double Step(List<List<Document>> rows)
    {
        double rate = Rate(), loss = AddGradient(training, rows);
        if (avoided is not null && avoidedPlan.Count > 0)
            AddGradient(avoided, avoidedPlan[(int)(progress.Step % avoidedPlan.Count)], AvoidStrength);
        gradientNorm = optimizer.Step(++progress.Step, rate);
        progress.Batch++;
        return loss;
    }

    /// <summary>What the model repeats now is what it unlearns next: replies of an earlier state no longer show what it does.</summary>
    void Renew()
    {
        var (tokenizer, own) = (Path.Combine(folder, "tokenizer.json"), Path.Combine(folder, "own"));
        Export.Write(model, tokenizer, own);
        var replies = Replies.Write(own, documents, unlearn, seed: (int)progress.Step);
        Console.WriteLine($"-- {Replies.Repeated(replies):P1} of the tokens of {unlearn} answers repeated");
        Avoid(replies);
    }

    void Avoid(List<Document> replies)
    {
        avoided = new(
            replies.FindAll(d => d.Roles.Contains(TokenRole.Repeated)), training.Positions,
            role => role == TokenRole.Repeated ? -1 : 0);
        avoidedPlan = avoided.Plan(0);
    }

    /// <summary>Adds a batch's gradient and returns its loss after the last layer.</summary>
    double AddGradient(Batches batches, List<List<Document>> rows, double strength = 1)
    {
        using var scope = NewDisposeScope();
        var batch = batches.Build(rows);
        var mask = Llama.Mask(batch.Documents);
        var states = model.Forward(batch.Ids, mask, Products, exits);
        var taught = Teach(batch.Ids, mask);
        var embedding = model.Parameters["embed"].detach().to_type(Products);
        var embeddingGradient = zeros_like(model.Parameters["embed"]).requires_grad_(false);
        List<Tensor> outputs = [], gradients = [];
        double loss = 0;
        long count = batch.Ids.shape[0], slice = Math.Max(1, count / model.Shape.ExitShare);
        for (int exit = 0; exit < states.Count; exit++)
        {
            bool last = exit == states.Count - 1;
            var (from, taken) = last ? (0, count) : ((progress.Step * exits.Length + exit) * slice % (count - slice + 1), slice);
            Tensor Part(Tensor x) => x.narrow(0, from, taken).flatten(0, 1);
            var (hidden, weights) = (Part(model.FinalNorm(states[exit])), Part(batch.Weights));
            double total = weights.abs().sum().item<float>();
            if (total == 0)
                continue;
            var (sum, gradient) = TiedHead.Backward(hidden, embedding, Part(batch.Targets), weights,
                (last ? 1 : model.Shape.ExitWeight) * strength / total, embeddingGradient,
                taught is { } known ? (Part(known.Hidden), known.Embedding) : null);
            outputs.Add(hidden);
            gradients.Add(gradient);
            loss = sum / total;
        }
        autograd.backward(outputs, gradients);
        using (no_grad())
            model.Parameters["embed"].grad!.add_(embeddingGradient);
        progress.Tokens += batch.Tokens;
        return loss;
    }

    /// <summary>The teacher's last states and its head, from which its distributions follow; null without one.</summary>
    (Tensor Hidden, Tensor Embedding)? Teach(Tensor ids, Tensor mask)
    {
        if (teacher is null)
            return null;
        using var _ = no_grad();
        var last = teacher.Forward(ids, mask, Products, teacher.Shape.Layers)[0];
        return (teacher.FinalNorm(last).to_type(Products), teacher.Parameters["embed"].to_type(Products));
    }

    static float Weigh(TokenRole role) => role == TokenRole.Prompt ? PromptWeight : 1;

    void Report(double trainLoss, double rate, int batches = 8)
    {
        var (all, answers) = Evaluate(batches);
        string byExit = string.Join(' ', answers.Select(loss => loss.ToString("F4", CultureInfo.InvariantCulture)));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{progress.Seconds:F0},{progress.Step},{progress.Tokens},{progress.Epoch},{Rate():E2},"
            + $"{trainLoss:F4},{all:F4},{byExit},{rate:F0}"));
        Console.WriteLine(FormattableString.Invariant(
            $"-- validation: all tokens {all:F3}; answers after layers {string.Join(' ', exits)}: {byExit}; {rate:F0} tokens/s"));
    }

    /// <summary>Mean held-out loss: of all tokens, and of answers after each exit, the last layer's at the end.</summary>
    (double All, double[] Answers) Evaluate(int batches)
    {
        using var _ = no_grad();
        double answers = 0, all = 0, allSum = 0;
        double[] sums = new double[exits.Length];
        foreach (var rows in validation.Plan(0).Take(batches))
        {
            using var scope = NewDisposeScope();
            var batch = validation.Build(rows);
            var states = model.Forward(batch.Ids, Llama.Mask(batch.Documents), Products, exits);
            var embedding = model.Parameters["embed"].to_type(Products);
            var hidden = states.Select(state => model.FinalNorm(state).flatten(0, 1)).ToArray();
            var (targets, weights) = (batch.Targets.flatten(), batch.Weights.flatten());
            var (answer, any) = (weights.eq(1).to_type(ScalarType.Float32), weights.gt(0).to_type(ScalarType.Float32));
            answers += answer.sum().item<float>();
            all += any.sum().item<float>();
            allSum += TiedHead.Loss(hidden[^1], embedding, targets, any);
            for (int exit = 0; exit < exits.Length; exit++)
                sums[exit] += TiedHead.Loss(hidden[exit], embedding, targets, answer);
        }
        return (allSum / all, [.. sums.Select(sum => sum / answers)]);
    }

    void Save(string name) => Checkpoint.Save(Path.Combine(folder, name), model, optimizer, progress);
}

using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace StarterTrain;

/// <summary>
/// Trains for a time budget with a warm-up, a constant rate and a linear decay over the last 15 % of the budget. The exits before the last layer
/// share the final norm and the head; each step computes their losses on a few rows only, which keeps them cheap.
/// </summary>
public sealed class Training
{
    const double WarmUpSteps = 100, DecayShare = 0.15, ExitWeight = 0.3, EvaluateEvery = 120, SaveEvery = 180;
    const float PromptWeight = 0.4f;

    /// <summary>The number format of the matrix products: bfloat16 where the processor multiplies it (AVX-512 BF16), else float32, which is far faster there.</summary>
    static readonly ScalarType Products =
        File.Exists("/proc/cpuinfo") && File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16") ? ScalarType.BFloat16 : ScalarType.Float32;

    readonly string folder;
    readonly double budget, peakRate;
    readonly Llama model;
    readonly int[] exits;
    readonly AdamW optimizer;
    readonly Batches training, validation;
    readonly StreamWriter log;
    Progress progress = new();
    double lastEvaluation, lastSave, gradientNorm;
    bool decaying;

    public Training(Shape shape, string folder, double minutes, double rate, int positions, string? resume, string? grown)
    {
        (this.folder, budget, peakRate) = (folder, minutes * 60, rate);
        model = new(shape);
        exits = [.. shape.Exits, shape.Layers];
        optimizer = new(model.Parameters);
        training = new(Documents.Load(Path.Combine(folder, "training.bin")), positions, PromptWeight);
        validation = new(Documents.Load(Path.Combine(folder, "validation.bin")), positions, PromptWeight);
        if (resume is not null)
            progress = Checkpoint.Load(resume, model, optimizer);
        else if (grown is not null)
            Growth.Widen(grown, model);
        (lastSave, lastEvaluation) = (progress.Seconds, progress.Seconds);
        var path = Path.Combine(folder, "loss.csv");
        bool fresh = resume is null || !File.Exists(path);
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
                (progress.Seconds, steps) = (before + watch.Elapsed.TotalSeconds, steps + 1);
                loss += Step(plan[progress.Batch]);
                if (progress.Step % 50 == 0)
                    Console.WriteLine(FormattableString.Invariant(
                        $"{progress.Seconds,6:F0} s  step {progress.Step,5}  tokens {progress.Tokens,9}  rate {Rate():E2}  loss {loss / steps:F3}  gradient {gradientNorm:F2}"));
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
        Report(loss / Math.Max(steps, 1), (progress.Tokens - tokens) / Math.Max(progress.Seconds - lastEvaluation, 1), batches: int.MaxValue);
        Save("final.bin");
    }

    /// <summary>The learning rate now. Before the decay starts, the state is kept as stable.bin: more training continues from there.</summary>
    double Rate()
    {
        double left = (budget - progress.Seconds) / (budget * DecayShare);
        if (left < 1 && !decaying)
        {
            decaying = true;
            Save("stable.bin");
        }
        return peakRate * Math.Min((progress.Step + 1) / WarmUpSteps, Math.Clamp(left, 0.02, 1));
    }

    double Step(List<List<Document>> rows)
    {
        using var scope = NewDisposeScope();
        double rate = Rate();
        var batch = training.Build(rows);
        var states = model.Forward(batch.Ids, Llama.Mask(batch.Documents), Products, exits);
        var embedding = model.Parameters["embed"].detach().to_type(Products);
        var embeddingGradient = zeros_like(model.Parameters["embed"]).requires_grad_(false);
        List<Tensor> outputs = [], gradients = [];
        double loss = 0;
        long count = batch.Ids.shape[0], slice = Math.Max(1, count / 8);
        for (int exit = 0; exit < states.Count; exit++)
        {
            bool last = exit == states.Count - 1;
            var (from, taken) = last ? (0, count) : ((progress.Step * exits.Length + exit) * slice % (count - slice + 1), slice);
            var hidden = model.FinalNorm(states[exit].narrow(0, from, taken)).flatten(0, 1);
            var weights = batch.Weights.narrow(0, from, taken).flatten();
            double total = weights.sum().item<float>();
            if (total == 0)
                continue;
            var targets = batch.Targets.narrow(0, from, taken).flatten();
            var (sum, gradient) = TiedHead.Backward(hidden, embedding, targets, weights, (last ? 1 : ExitWeight) / total, embeddingGradient);
            outputs.Add(hidden);
            gradients.Add(gradient);
            loss = sum / total;
        }
        autograd.backward(outputs, gradients);
        using (no_grad())
            model.Parameters["embed"].grad!.add_(embeddingGradient);
        gradientNorm = optimizer.Step(++progress.Step, rate);
        progress.Tokens += batch.Tokens;
        progress.Batch++;
        return loss;
    }

    void Report(double trainLoss, double rate, int batches = 8)
    {
        var (all, answers) = Evaluate(batches);
        string byExit = string.Join(' ', answers.Select(loss => loss.ToString("F4", CultureInfo.InvariantCulture)));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{progress.Seconds:F0},{progress.Step},{progress.Tokens},{progress.Epoch},{Rate():E2},{trainLoss:F4},{all:F4},{byExit},{rate:F0}"));
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

using Speculative.Bench;
using Speculative.Bench.Output;

using CancellationTokenSource cancellation = new();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = !cancellation.IsCancellationRequested; // the second Ctrl+C ends the process the hard way
    cancellation.Cancel();
};
return await BenchProgram.RunAsync(args, Terminal.OpenStandard(), cancellation.Token);

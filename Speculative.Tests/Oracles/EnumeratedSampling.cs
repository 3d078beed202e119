namespace Speculative.Tests;

/// <summary>
/// Sampling whose draws are enumerated instead of random: token i has a weight that is an exact integer function of its logit.
/// </summary>
sealed record EnumeratedSampling(ChoiceEnumerator Choices) : Sampling
{
    public override ITokenChooser CreateChooser(int vocabularySize) => new Chooser(Choices, vocabularySize);

    internal override IAcceptanceRule CreateRule(AcceptanceKind kind, int vocabularySize) =>
        new EnumeratedAcceptance(this, kind, vocabularySize);

    /// <summary>The table model's logits, multiples of 1/128 above -4, as weights from 0 to 8; every fourth token is impossible.</summary>
    public static int[] Weights(ReadOnlySpan<float> logits)
    {
        int[] weights = new int[logits.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (int)(logits[i] * 128) % 4 == 0 && i > 0 ? 0 : 1 + (int)(logits[i] + 4);
        return weights;
    }

    sealed class Chooser(ChoiceEnumerator choices, int vocabularySize) : ITokenChooser
    {
        public int Choose(IModelOutput output, int node, long position)
        {
            float[] logits = new float[vocabularySize];
            output.CopyLogits(node, logits);
            return choices.Choose(Weights(logits));
        }
    }
}

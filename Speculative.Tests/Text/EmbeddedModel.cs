namespace Speculative.Tests;

/// <summary>Finds the embedded model from the repository root.</summary>
static class EmbeddedModel
{
    public static string Folder { get; } = Find();

    static string Find()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "Speculative.sln")))
                return Path.Combine(at, "models", "starter");
        throw new DirectoryNotFoundException($"No Speculative.sln above {AppContext.BaseDirectory}.");
    }
}

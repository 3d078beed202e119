namespace Speculative.Tests;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
static class RepositoryFolder
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The embedded model.</summary>
    public static string EmbeddedModel => Path.Combine(Root, "models", "starter");

    static string Find(string folder) => File.Exists(Path.Combine(folder, "Speculative.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Speculative.sln was not found above the tests."));
}

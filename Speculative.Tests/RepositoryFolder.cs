namespace Speculative.Tests;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
static class RepositoryFolder
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The smallest embedded model, the draft: tests are quick with it.</summary>
    public static string EmbeddedModel => Model("draft-sorted");

    /// <summary>One of the embedded models.</summary>
    public static string Model(string name) => Path.Combine(Root, "models", name);

    static string Find(string folder) => File.Exists(Path.Combine(folder, "Speculative.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Speculative.sln was not found above the tests."));
}

namespace Speculative.Tests;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
static class RepositoryFolder
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The smaller embedded target: tests are quick with it.</summary>
    public static string EmbeddedModel => Model("target-small");

    /// <summary>One of the embedded models.</summary>
    public static string Model(string name) => Path.Combine(Root, "models", name);

    static string Find(string folder) => File.Exists(Path.Combine(folder, "Speculative.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Speculative.sln was not found above the tests."));
}

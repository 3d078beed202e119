namespace Speculative.Tests;

/// <summary>A folder that exists for one test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("speculative-").FullName;

    public string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(FullPath, name), text);
        return Path.Combine(FullPath, name);
    }

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(FullPath, name), bytes);
        return Path.Combine(FullPath, name);
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}

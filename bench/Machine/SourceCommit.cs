using System.Reflection;

namespace Speculative.Bench.Machine;

/// <summary>The commit that this program was built from: a build in a repository writes it behind a plus sign into the version.</summary>
static class SourceCommit
{
    /// <summary>The commit's hash; null if the program was built outside a repository.</summary>
    public static string? Find() => FromVersion(
        typeof(SourceCommit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    internal static string? FromVersion(string version) => version.IndexOf('+') is >= 0 and var plus ? version[(plus + 1)..] : null;
}

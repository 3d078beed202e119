namespace Speculative;

/// <summary>Where a path leads once every link in it is followed.</summary>
static class LinkedPath
{
    /// <summary>As many as Linux follows.</summary>
    const int MostLinks = 40;

    /// <summary>
    /// The path without links, its folders included: a link with a relative target counts from where it really lies, which its path as text
    /// does not tell where a folder above it is a link.
    /// </summary>
    /// <param name="path">A full path to something that exists.</param>
    /// <exception cref="IOException">There are too many links, or one cannot be read.</exception>
    public static string Resolve(string path)
    {
        int links = 0;
        return Resolve(path, ref links);
    }

    static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        string real = Path.Combine(Resolve(parent, ref links), Path.GetFileName(path));
        if (File.ResolveLinkTarget(real, returnFinalTarget: false) is not { } target)
            return real;
        return ++links <= MostLinks ? Resolve(target.FullName, ref links)
            : throw new IOException($"{path}: expected at most {MostLinks} links, found more.");
    }
}

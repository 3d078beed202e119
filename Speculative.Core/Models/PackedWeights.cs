namespace Speculative;

/// <summary>Writes a model folder whose weights are packed ahead, so that opening it copies nothing.</summary>
/// <remarks>
/// The folder holds the same model: the CPU engine computes the same bits as from the source folder in the same
/// <see cref="Precision"/>. Other engines bring the matrices into stored order when they load them.
/// </remarks>
public static class PackedWeights
{
    const long LargestCompanion = 64 << 20;
    static readonly string[] companions = [".json", ".jinja", ".model", ".txt"];

    /// <summary>Packs a folder's weights into another folder; the file of weights appears whole or not at all.</summary>
    /// <param name="source">The weights as they were stored.</param>
    /// <param name="precision">The number format: F32, BF16, Int8 or Int4.</param>
    /// <param name="directory">The folder to write; it is created where it does not exist, and its packed weights are replaced.</param>
    /// <param name="cancellationToken">Ends the packing between two matrices; nothing is left of the file then.</param>
    /// <returns>The file of weights.</returns>
    /// <exception cref="ArgumentException"><paramref name="directory"/> is empty or holds other weights.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="precision"/> is <see cref="Precision.AsStored"/> or unknown.
    /// </exception>
    /// <exception cref="ModelFormatException">The source is packed already, or a tensor has an unusable type.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static string Write(
        ModelFolder source, Precision precision, string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _ = PanelFormats.GroupBytes(precision); // throws for those that have no panels
        if (source.Packed is { } packed)
            throw new ModelFormatException(
                $"{packed.FilePath}: expected stored weights, found packed ones: give the folder they were packed from.");
        string full = Path.GetFullPath(directory);
        foreach (string name in (string[])["model.safetensors", ShardIndex.FileName])
            if (File.Exists(Path.Combine(full, name)))
                throw new ArgumentException($"Expected a folder without other weights, but '{full}' holds {name}.", nameof(directory));
        Directory.CreateDirectory(full);
        foreach (string file in Directory.EnumerateFiles(source.Path))
            if (companions.Contains(Path.GetExtension(file)) && Path.GetFileName(file) != ShardIndex.FileName
                && new FileInfo(file).Length <= LargestCompanion)
                File.Copy(file, Path.Combine(full, Path.GetFileName(file)), overwrite: true);
        string target = Path.Combine(full, PackedFile.FileName);
        new PackedWriter(source, precision).Write(target, cancellationToken);
        return target;
    }
}

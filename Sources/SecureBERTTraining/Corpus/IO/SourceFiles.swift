/// Limits on the files of sources.
enum SourceFiles {
    /// A file that is read whole may have this many bytes, uncompressed.
    static let longestFile = 256 << 20
}

import Crypto
import SecureBERTCheckpoint

/// Tells models apart whose vectors do not compare, wherever their folders are and whatever they are called.
enum ModelDigest {
    /// SHA-256, in hexadecimal, over names and contents of the files that decide a model's vectors: configuration, tokenizer, pooling and
    /// weights; not of its card. Reads all of them.
    /// - Throws: `CheckpointError` when a file cannot be read.
    static func digest(of folder: ModelFolder) throws(CheckpointError) -> String {
        var hash = SHA256()
        var seen: Set<String> = []
        for path in [folder.path, folder.modelPath] {
            for name in try files(inFolder: path) {
                let file = FileSystem.join(path, name)
                guard seen.insert(FileSystem.resolved(file) ?? file).inserted else { continue }
                let content = try FileSystem.map(file)
                hash.update(data: Array("\(name)\u{0}\(content.bytes.count)\u{0}".utf8))
                hash.update(bufferPointer: content.bytes)
            }
        }
        return hash.finalize().hexadecimal
    }

    /// The files of a folder and of the modules in it (`1_Pooling`), by name.
    private static func files(inFolder path: String) throws(CheckpointError) -> [String] {
        var files: [String] = []
        for name in try FileSystem.names(inFolder: path) where !name.hasPrefix(".") && name != ModelLock.fileName {
            let file = FileSystem.join(path, name)
            if FileSystem.kind(of: file) == .folder {
                guard name.utf8.first.map({ (0x30...0x39).contains($0) }) == true else { continue }
                for inner in try FileSystem.names(inFolder: file) { files.append("\(name)/\(inner)") }
            } else {
                files.append(name)
            }
        }
        let telling = files.filter { name in
            [".json", ".txt", ".safetensors", ".bin"].contains { name.hasSuffix($0) }
        }
        // Weights are read from safetensors where there are any; other copies of them do not count.
        let hasSafetensors = telling.contains { $0.hasSuffix(".safetensors") }
        return telling.filter { !hasSafetensors || !$0.hasSuffix(".bin") }
    }

    /// What a folder is called: its last component, or `org/name` in a cache of downloads.
    static func name(ofFolder path: String) -> String {
        let components = (FileSystem.resolved(path) ?? path).split(separator: "/")
        let prefix = "models--"
        if let cached = components.last(where: { $0.hasPrefix(prefix) }) {
            let name = cached.dropFirst(prefix.count)
            guard let dashes = name.firstRange(of: "--") else { return String(name) }
            return "\(name[..<dashes.lowerBound])/\(name[dashes.upperBound...])"
        }
        return components.last.map(String.init) ?? path
    }
}

extension Digest {
    /// Two digits a byte, lower case.
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

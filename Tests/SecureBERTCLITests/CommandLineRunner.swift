#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs the built `securebert` as its users do: as a process, through a shell.
final class CommandLineRunner: Sendable {
    /// What a process left behind.
    struct Result {
        /// The exit code; 128 + the signal when a signal ended it, as shells count.
        let status: Int32
        let output: String
        let errors: String
    }

    struct Failure: Error { let message: String }

    /// The binary beside the test bundle, or `$SECUREBERT_BINARY`.
    static let binary: String = {
        if let path = getenv("SECUREBERT_BINARY") { return String(cString: path) }
        #if os(Linux)
            if let path = realpath("/proc/self/exe", nil) {
                defer { free(path) }
                let folder = String(cString: path).split(separator: "/").dropLast().joined(separator: "/")
                return "/\(folder)/securebert"
            }
        #endif
        return "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/.build/release/securebert"
    }()

    /// A folder of this runner's own; `$DIR` in scripts.
    let folder: String

    init() throws {
        var template = Array("/tmp/securebert-test.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw Failure(message: "no temporary folder could be made") }
        folder = String(cString: path)
    }

    deinit {
        _ = try? spawn("rm -rf \"$DIR\"", environment: [:], output: "/dev/null", errors: "/dev/null")
    }

    /// Runs a bash script in which `securebert` is the binary under test.
    /// - Parameter environment: Added to a minimal environment without `SECUREBERT_MODEL`, `NO_COLOR` or a real home.
    func shell(_ script: String, environment: [String: String] = [:]) throws -> Result {
        let (output, errors) = ("\(folder)/.out.\(Self.unique())", "\(folder)/.err.\(Self.unique())")
        let status = try spawn(
            "securebert() { \"$SECUREBERT\" \"$@\"; }\n\(script)", environment: environment, output: output,
            errors: errors)
        return Result(status: status, output: try Self.read(output), errors: try Self.read(errors))
    }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "wb") else { throw Failure(message: "\(path) cannot be written") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw Failure(message: "\(path) is incomplete")
        }
        return path
    }

    private static func unique() -> String { String(UInt64.random(in: 0...UInt64.max), radix: 36) }

    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "rb") else { throw Failure(message: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
    }

    private func spawn(_ script: String, environment: [String: String], output: String, errors: String) throws -> Int32
    {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        // Other suites of this process ignore signals, and its threads block them; a child would inherit both.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var variables = [
            "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "HOME": folder, "DIR": folder,
            "SECUREBERT": Self.binary, "LC_ALL": "C.UTF-8", "TERM": "xterm",
        ]
        for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables.merge(environment) { $1 }
        let arguments = Self.copies(["/bin/bash", "-c", script])
        let variableList = Self.copies(variables.map { "\($0.key)=\($0.value)" })
        defer { for pointer in arguments + variableList { free(pointer) } }
        var process = pid_t()
        let error = posix_spawn(&process, "/bin/bash", &actions, &attributes, arguments, variableList)
        guard error == 0 else { throw Failure(message: "bash cannot be started: \(String(cString: strerror(error)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

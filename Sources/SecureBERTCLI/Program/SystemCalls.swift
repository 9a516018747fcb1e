import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// System calls with their interruptions handled. Foundation is left out on purpose: loading it would cost more time than
/// tokenizing a report.
enum SystemCalls {
    /// Reads at most `buffer.count` bytes; 0 at the end of the file, -1 with `errno` set on failure.
    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count < 0, errno == EINTR { continue }
            return count
        }
    }

    /// Writes all bytes. Returns 0, or the `errno` of the write that failed.
    static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
            #else
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    // Another program made this descriptor non-blocking; wait for room as a blocking one would.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, -1)
                    continue
                default: return errno
                }
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return 0
    }

    /// The system's words for an error number.
    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// Where this program's file is, without symbolic links; nil when the system does not say.
    static var executablePath: String? {
        #if canImport(Darwin)
            var size: UInt32 = 0
            _NSGetExecutablePath(nil, &size)
            var path = [CChar](repeating: 0, count: Int(size))
            guard _NSGetExecutablePath(&path, &size) == 0, let resolved = realpath(path, nil) else { return nil }
        #else
            guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        #endif
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Lets this process have as many files and connections as the system allows it.
    static func raiseFileLimit() {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }

    /// Runs a body with bytes in a file that only this user can read, and removes the file.
    /// - Throws: ``CommandLineError`` when it cannot be written; what the body throws.
    static func withTemporaryFile<Result>(
        _ bytes: [UInt8], suffix: String, _ body: (_ path: String) throws -> Result
    ) throws -> Result {
        let folder = environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(folder)/securebert-XXXXXX\(suffix)".utf8CString)
        let descriptor = mkstemps(&template, Int32(suffix.utf8.count))
        guard descriptor >= 0 else {
            throw CommandLineError(.badInput, "\(folder): no temporary file can be made: \(reason(errno))")
        }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        UnfinishedWork.add(path)
        defer {
            UnfinishedWork.remove(path)
            UnfinishedWork.forget(path)
        }
        let status = bytes.withUnsafeBytes { writeAll(descriptor, $0) }
        close(descriptor)
        guard status == 0 else {
            throw CommandLineError(.badInput, "\(path): cannot be written: \(reason(status))")
        }
        return try body(path)
    }

    /// The value of an environment variable; nil when it is missing or empty.
    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The time by the system's clock.
    static var secondsSince1970: Int { time(nil) }

    /// Processors that are online.
    static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The largest resident set this process has had, in bytes.
    static var peakResidentBytes: Int {
        var usage = rusage()
        #if canImport(Glibc)
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
            return usage.ru_maxrss * 1024
        #else
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
            #if canImport(Darwin)
                return usage.ru_maxrss
            #else
                return usage.ru_maxrss * 1024
            #endif
        #endif
    }
}

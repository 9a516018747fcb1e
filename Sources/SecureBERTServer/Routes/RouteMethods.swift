import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path has, for answers with 405.
final class RouteMethods: Sendable {
    private let methods = Mutex<[String: [String]]>([:])

    func add(_ path: String, _ method: HTTPRequest.Method) {
        methods.withLock { $0[path, default: []].append(method.rawValue) }
    }

    var paths: [String] { methods.withLock { $0.keys.sorted() } }

    /// The methods of a request's path; empty when there is no such path.
    func of(path: String) -> [String] {
        methods.withLock { methods in
            methods.first { pattern, _ in
                pattern == path
                    || pattern.hasSuffix("/**") && path.hasPrefix(pattern.dropLast(2))
                        && path.utf8.count > pattern.utf8.count - 2
            }?.value ?? []
        }
    }
}

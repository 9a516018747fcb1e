import SecureBERTCheckpoint
import SecureBERTJSON
import Yams

/// YAML as the same tree as JSON, so that one way of naming fields serves both.
enum YAMLTree {
    /// Deeper documents than this are refused; the parser below recurses.
    private static let maximumDepth = 64

    /// The documents of a file.
    /// - Parameter isTemplate: whether the file becomes YAML only when Jinja's statements and macros are gone.
    /// - Throws: ``CorpusError`` when it is not valid YAML.
    static func documents(_ file: SourceFile, isTemplate: Bool = false) throws -> [JSON] {
        // Not cleaned: a typographic quote inside of a text would become one that ends it.
        var text = String(decoding: TextEncoding.utf8(of: file.bytes), as: UTF8.self)
        if isTemplate { text = Templates.removeJinja(text) }
        do {
            var nodes = try compose_all(yaml: text)
            var documents: [JSON] = []
            while let node = nodes.next() { documents.append(try json(node, depth: 0)) }
            if let error = nodes.error { throw error }
            return documents
        } catch {
            let said = "\(error)".split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            throw file.error("is not valid YAML: \(said.printable)")
        }
    }

    private static func json(_ node: Node, depth: Int) throws -> JSON {
        guard depth < maximumDepth else { throw YAMLDepthError() }
        switch node {
        case .scalar(let scalar): return .string(scalar.string)
        case .sequence(let sequence): return .array(try sequence.map { try json($0, depth: depth + 1) })
        case .mapping(let mapping):
            var object = JSON.Object()
            for (key, value) in mapping { object.members.append((key.string ?? "", try json(value, depth: depth + 1))) }
            return .object(object)
        case .alias: return .null
        }
    }

    private struct YAMLDepthError: Error, CustomStringConvertible {
        var description: String { "nesting deeper than \(YAMLTree.maximumDepth) levels" }
    }
}

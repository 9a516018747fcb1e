/// An XML element with what is in it, for catalogues such as CWE whose entries are small.
final class XMLElement {
    /// The name without its prefix.
    let name: String
    /// Attributes are looked up when needed, in this source.
    private let scanner: MarkupScanner
    private let attributes: Range<Int>
    /// Elements and text in document order.
    private(set) var content: [Content] = []

    enum Content {
        case text([UInt8])
        case element(XMLElement)
    }

    private init(_ scanner: MarkupScanner, name: Range<Int>, attributes: Range<Int>) {
        let full = scanner.text.string(name)
        self.name = full.split(separator: ":").last.map(String.init) ?? full
        self.scanner = scanner
        self.attributes = attributes
    }

    /// Calls `body` with each element of one of these names that is not inside another such element. `text` must outlive
    /// the elements.
    static func forEach(_ names: Set<String>, in text: ByteView, _ body: (XMLElement) throws -> Void) rethrows {
        var scanner = MarkupScanner(text)
        while let token = scanner.next() {
            guard case .open(let name, let attributes, let isEmpty) = token else { continue }
            let element = XMLElement(scanner, name: name, attributes: attributes)
            guard names.contains(element.name) else { continue }
            if !isEmpty { element.read(&scanner, depth: 0) }
            try body(element)
        }
    }

    private func read(_ scanner: inout MarkupScanner, depth: Int) {
        while let token = scanner.next() {
            switch token {
            case .text(let range):
                var text: [UInt8] = []
                Entities.append(scanner.text, range, to: &text)
                content.append(.text(text))
            case .literal(let range): content.append(.text(Array(scanner.text[range])))
            case .open(let name, let attributes, let isEmpty):
                let child = XMLElement(scanner, name: name, attributes: attributes)
                // Deeper elements than any catalogue has are read as part of this one.
                if !isEmpty, depth < 100 { child.read(&scanner, depth: depth + 1) }
                content.append(.element(child))
            case .close: return
            }
        }
    }

    /// The value of an attribute; empty when it is not there.
    func attribute(_ name: StaticString) -> String { attribute(named: "\(name)") }

    /// The value of an attribute whose name is data; empty when it is not there.
    func attribute(named name: String) -> String {
        scanner.attribute(named: name, in: attributes).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Elements directly inside this one.
    var children: [XMLElement] {
        content.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// The first element directly inside with that name.
    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements inside with that name, however deep.
    func descendants(_ name: String) -> [XMLElement] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.descendants(name) }
    }

    /// All text inside; elements of the given names begin a new line.
    func text(lineElements: Set<String> = XMLElement.htmlBlocks) -> [UInt8] {
        var out: [UInt8] = []
        appendText(to: &out, lineElements)
        return out
    }

    private func appendText(to out: inout [UInt8], _ lineElements: Set<String>) {
        for part in content {
            switch part {
            case .text(let text): out.append(contentsOf: text)
            case .element(let element):
                let isLine = lineElements.contains(element.name)
                if isLine, let last = out.last, last != 0x0A { out.append(0x0A) }
                if element.name == "li" { out.append("- ") }
                element.appendText(to: &out, lineElements)
                if isLine, let last = out.last, last != 0x0A { out.append(0x0A) }
            }
        }
    }

    static let htmlBlocks: Set<String> = ["p", "div", "br", "li", "ul", "ol", "tr", "table"]
}

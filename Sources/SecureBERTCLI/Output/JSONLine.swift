import SecureBERTJSON

/// Appends JSON piece by piece, for results of many numbers: a tree of ``JSON`` values for every token would take longer
/// to build than the tokens.
enum JSONLine {
    static func append(_ value: Int, to out: inout [UInt8]) {
        guard value >= 0 else {
            out.append(contentsOf: value.description.utf8)
            return
        }
        if value < 10 {
            out.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        let start = out.count
        var rest = value
        while rest > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        out[start...].reverse()
    }

    static func append(_ text: String, to out: inout [UInt8]) { JSON.string(text).write(into: &out) }

    static func append<Element>(
        _ elements: some Sequence<Element>, to out: inout [UInt8], _ element: (Element, inout [UInt8]) -> Void
    ) {
        out.append(UInt8(ascii: "["))
        var isFirst = true
        for value in elements {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            element(value, &out)
        }
        out.append(UInt8(ascii: "]"))
    }
}

extension JSONLine {
    /// The shortest digits that read back as the same float; JSON has no infinities and no NaN, they become null.
    static func append(_ value: Float, to out: inout [UInt8]) {
        out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }
}

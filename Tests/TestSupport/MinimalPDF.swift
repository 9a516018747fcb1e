/// The smallest PDF that has pages with lines of text.
public enum MinimalPDF {
    /// Whether the program that reads PDF is there.
    public static let canBeRead = (try? ChildProcess.run("pdftotext", ["-v"])) ?? false

    public static func bytes(_ pages: [[String]]) -> [UInt8] {
        // Objects: 1 the catalogue, 2 the list of pages, 3 the font, and for each page itself and its content.
        let kids = pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ")
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for (index, lines) in pages.enumerated() {
            objects.append(
                """
                << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents \(5 + 2 * index) 0 R \
                /Resources << /Font << /F1 3 0 R >> >> >>
                """)
            let shown = lines.map { line in
                let text = line.replacing("(", with: "\\(").replacing(")", with: "\\)")
                return "(\(text)) Tj T*"
            }
            let content = "BT /F1 12 Tf 14 TL 72 770 Td \(shown.joined(separator: " ")) ET"
            objects.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
        }
        var file = "%PDF-1.4\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(file.utf8.count)
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = file.utf8.count
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets {
            let digits = String(offset)
            file += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
        }
        file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
        return Array(file.utf8)
    }
}

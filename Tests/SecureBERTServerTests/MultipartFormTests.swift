import SecureBERTServer
import Testing

@Suite("Forms with files")
struct MultipartFormTests {
    private func form(_ text: String) throws -> MultipartForm { try MultipartForm(Array(text.utf8), boundary: "b") }

    @Test("Parts have their names and contents, whatever is in them")
    func parts() throws {
        let form = try form(
            "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--bc\r\n--b\r\n"
                + "content-disposition: form-data; filename=\"C:\\x\\r.txt\"; name=file\r\nContent-Type: text/plain\r\n\r\n\r\n--b--\r\nend"
        )
        #expect(form.parts.map(\.name) == ["a", "file"])
        #expect(form.part(named: "a").map { String(decoding: $0.content, as: UTF8.self) } == "x\r\n--bc")
        #expect(form.part(named: "file")?.content.isEmpty == true)
        #expect(form.part(named: "file")?.fileName == "r.txt")
        #expect(form.part(named: "none") == nil)
    }

    @Test(
        "What is no form is refused, wherever it is cut off",
        arguments: [
            "", "x", "--b", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
            "--b\r\n\r\n\r\n--c",
        ])
    func malformed(text: String) {
        #expect(throws: APIError.self) { try form(text) }
    }

    @Test("A boundary is read from its header")
    func boundary() {
        #expect(MultipartForm.boundary(contentType: "multipart/form-data; boundary=abc") == "abc")
        #expect(MultipartForm.boundary(contentType: "Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"") == "a b")
        #expect(MultipartForm.boundary(contentType: "multipart/form-data") == nil)
        #expect(MultipartForm.boundary(contentType: "multipart/form-data; boundary=") == nil)
        #expect(MultipartForm.boundary(contentType: "text/plain; boundary=a") == nil)
        #expect(
            MultipartForm.boundary(contentType: "multipart/form-data; boundary=" + String(repeating: "a", count: 71))
                == nil)
    }

    @Test("Too many parts are refused")
    func manyParts() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        #expect(throws: APIError.self) { try form(String(repeating: part, count: 65) + "--b--\r\n") }
    }
}

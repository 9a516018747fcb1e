import HTTPTypes
import Hummingbird
import NIOCore
import SecureBERTJSON

extension Response {
    /// A JSON document.
    static func json(_ json: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var bytes: [UInt8] = []
        json.write(into: &bytes)
        return .bytes(bytes, type: "application/json", status: status, headers: headers)
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        .bytes(Array(text.utf8), type: type, status: status)
    }

    static func bytes(
        _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// JSON of many numbers, written without a tree of values.
enum FloatJSON {
    /// `[0.1,0.2,...]`, with the shortest digits that read back as the same float.
    static func append(_ vector: [Float], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (index, value) in vector.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        }
        out.append(UInt8(ascii: "]"))
    }
}

import NIOCore
import NIOHTTP1

/// A file whose size and digest are known.
struct DescribedFile: Sendable {
    let path: String
    let size: Int
    let digest: BlobDigest
}

extension HubTransport {
    /// Asks for the files of a revision.
    func listing(of reference: HubReference) async throws -> RepositoryListing {
        let what = "\(reference)"
        let url = try endpoint.listing(reference)
        let limit = configuration.limits.listingBytes
        let bytes = try await retrying(what) { () -> [UInt8] in
            let response = try await send(.GET, url, headers: ["Accept": "application/json"])
            try requireSuccess(response, what, of: reference)
            var bytes: [UInt8] = []
            var chunks = response.body.makeAsyncIterator()
            while let chunk = try await transiently(host: endpoint.text, { try await chunks.next() }) {
                bytes.append(contentsOf: chunk.readableBytesView)
                guard bytes.count <= limit else {
                    throw HubError(
                        .corrupt, "The hub's list of the files of \(reference) is longer than \(limit) bytes")
                }
            }
            return bytes
        }
        let listing = try RepositoryListing(bytes, repository: reference.repository, limits: configuration.limits)
        guard !reference.isPinned || listing.commit == reference.revision else {
            throw HubError(
                .corrupt, "\(endpoint.text) answered with commit \(listing.commit) when asked for \(reference.revision)"
            )
        }
        return listing
    }

    /// Completes what the list says about a file. Mirrors that list no digests are asked for each file.
    func describe(_ file: RemoteFile, of reference: HubReference, commit: String) async throws -> DescribedFile {
        if let size = file.size, let digest = file.digest {
            return DescribedFile(path: file.path, size: size, digest: digest)
        }
        let what = "\(file.path) of \(reference)"
        let url = try endpoint.file(file.path, of: reference.repository, commit: commit)
        let headers = try await retrying(what) { () -> HTTPHeaders in
            let response = try await send(.HEAD, url, stopsAtContentServer: true)
            if !(300...399).contains(response.status) { try requireSuccess(response, what, of: reference) }
            return response.hubHeaders
        }
        let tag = headers.first(name: "X-Linked-Etag") ?? headers[canonicalForm: "ETag"].last.map(String.init)
        guard let digest = tag.flatMap(BlobDigest.init(entityTag:)) else {
            throw HubError(.corrupt, "\(endpoint.text) names no digest of \(what), so it cannot be checked")
        }
        let length = headers.first(name: "X-Linked-Size") ?? headers["Content-Length"].last
        guard let size = file.size ?? length.flatMap(Int.init), (0...configuration.limits.fileBytes).contains(size)
        else {
            throw HubError(.corrupt, "\(endpoint.text) names no acceptable size of \(what)")
        }
        return DescribedFile(path: file.path, size: size, digest: digest)
    }
}

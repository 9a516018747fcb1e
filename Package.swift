// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors everywhere: a warning nobody reads is a defect nobody finds.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "SecureBERT",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SecureBERTJSON", targets: ["SecureBERTJSON"]),
        .library(name: "SecureBERTTensor", targets: ["SecureBERTTensor"]),
        .library(name: "SecureBERTHub", targets: ["SecureBERTHub"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // Imports go one way: every target depends only on targets above it.
        .target(name: "SecureBERTJSON", swiftSettings: swift),
        .target(name: "SecureBERTTensor", swiftSettings: swift),
        // The only target that may touch the network; of the others only the command line imports it.
        .target(
            name: "SecureBERTHub",
            dependencies: [
                "SecureBERTJSON",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTHubTests",
            dependencies: [
                "SecureBERTHub", "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: swift),
        .testTarget(name: "SecureBERTJSONTests", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)

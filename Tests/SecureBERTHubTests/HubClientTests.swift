import NIOCore
import NIOHTTP1
import NIOPosix
import SecureBERTHub
import Testing
@Test func nothing() {}

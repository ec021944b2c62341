package org.patchbay.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket with real connections, good and bad. */
@Timeout(60)
class ControlSocketTest {

  private static final Duration CLIENT_LIMIT = Duration.ofMillis(300);

  @TempDir Path temporary = Path.of("");
  private final RecordingLogger log = new RecordingLogger();
  private final PlatformServices services = new PlatformServices();
  private final FakeControl control = new FakeControl("nic0");
  private final CommandTable table = new CommandTable(services, nanos -> {});
  private Path folder = Path.of("");
  private @Nullable ControlSocket socket;

  @BeforeEach
  void makeFolder() throws IOException {
    services.add(control);
    services.add(new FakeNic("nic0"));
    folder =
        Files.createDirectory(
            temporary.resolve("run"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  @AfterEach
  void closeSocket() {
    if (socket != null) {
      socket.close();
    }
  }

  private void open(Duration clientLimit) throws IOException {
    socket = ControlSocket.open(folder, table, log.logger(), clientLimit);
  }

  private void open() throws IOException {
    open(ControlClient.LIMIT);
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(folder.resolve(ControlSocket.FILE_NAME)));
    return channel;
  }

  private static String readAll(SocketChannel channel) throws IOException {
    return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private String exchange(byte[] bytes) throws IOException {
    try (SocketChannel channel = connect()) {
      send(channel, bytes);
      channel.shutdownOutput();
      return readAll(channel);
    }
  }

  private String exchange(String line) throws IOException {
    return exchange((line + "\n").getBytes(UTF_8));
  }

  @Test
  void answersOkAndTheText() throws IOException {
    open();
    assertEquals(
        "OK\nnic0: - -> tap1, blackout 42 µs, switch 9 µs, 256 buffers returned, 1 frame lost\n",
        exchange("plug nic0 tap1"));
    assertEquals("OK\n", exchange("complete nonsense "), "no text, no empty line");
    assertEquals("OK\nnic0: link up\n", exchange("link nic0 up".getBytes(UTF_8)), "no line end");
  }

  @Test
  void answersErrorAndTheSentence() throws IOException {
    open();
    assertEquals("ERROR\nThere is no NIC 'näc'; the NICs are: nic0.\n", exchange("unplug näc"));
    assertTrue(exchange("").startsWith("ERROR\nThe line holds no command; "));
    assertTrue(exchange(new byte[0]).startsWith("ERROR\nThe line holds no command; "));
  }

  @Test
  void answersWhenTheServiceThrows() throws IOException {
    services.set(
        () -> {
          throw new IllegalStateException("the registry has left");
        });
    open();
    assertEquals(
        "ERROR\nThe command failed: java.lang.IllegalStateException: the registry has left.\n",
        exchange("endpoints"));
    assertTrue(log.lines.getFirst().startsWith("warn "), log.lines.toString());
  }

  @Test
  void answersAtTheLineEndThoughTheClientKeepsItsSideOpen() throws IOException {
    open();
    try (SocketChannel channel = connect()) {
      send(channel, "link nic0 up\n".getBytes(UTF_8));
      assertEquals("OK\nnic0: link up\n", readAll(channel));
    }
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    open();
    assertTrue(
        exchange(new byte[] {'p', (byte) 0xff, (byte) 0xfe, 0, '\n'})
            .startsWith("ERROR\nThe line is not UTF-8"));
    assertTrue(exchange("\0\1\2").startsWith("ERROR\nThere is no command"));
  }

  @Test
  void longestLineIsTakenAndALongerOneRefused() throws IOException {
    open();
    String longest = "nics" + " ".repeat(ControlClient.MAX_LINE - 4);
    assertTrue(exchange(longest).startsWith("OK\n"));
    assertEquals(
        "ERROR\nThe line is too long; 65536 bytes are allowed.\n", exchange(longest + " "));
  }

  @Test
  void oversizedLineIsRefusedThoughTheClientSendsOn() throws IOException {
    open();
    // More than the socket's buffers hold: the answer must come while the client still writes.
    assertEquals(
        "ERROR\nThe line is too long; 65536 bytes are allowed.\n",
        exchange(new byte[8 * 1024 * 1024]));
  }

  @Test
  void silentClientIsRefusedAfterItsTime() throws IOException {
    open(CLIENT_LIMIT);
    try (SocketChannel silent = connect()) {
      send(silent, "nic".getBytes(UTF_8));
      assertTrue(readAll(silent).startsWith("ERROR\nNo whole line came within 300 ms"));
    }
  }

  @Test
  void clientThatDripsIsRefusedAfterItsTime() throws IOException {
    open(CLIENT_LIMIT);
    try (SocketChannel slow = connect()) {
      long begin = System.nanoTime();
      slow.configureBlocking(false);
      ByteBuffer answer = ByteBuffer.allocate(256);
      while (answer.position() == 0) {
        slow.write(ByteBuffer.wrap(new byte[] {' '}));
        slow.read(answer);
        Thread.onSpinWait();
        if (answer.position() == 0 && System.nanoTime() - begin > 10_000_000_000L) {
          break;
        }
      }
      String text = new String(answer.array(), 0, answer.position(), UTF_8);
      assertTrue(text.startsWith("ERROR\n"), text);
    }
  }

  @Test
  void clientThatGoesAwayHarmsNobody() throws IOException {
    open();
    for (int i = 0; i < 50; i++) {
      try (SocketChannel gone = connect()) {
        send(gone, "help".getBytes(UTF_8));
      }
    }
    assertTrue(exchange("nics").startsWith("OK\n"));
  }

  @Test
  void moreClientsThanSlotsAreAllServed() throws Exception {
    open(CLIENT_LIMIT);
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < ControlSocket.MAX_CLIENTS; i++) {
        idle.add(connect());
      }
      // All slots are taken; this one waits until the idle ones have used up their time.
      assertTrue(exchange("nics").startsWith("OK\n"));
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
  }

  @Test
  void onlyAFolderOfOursAloneIsServed() throws IOException {
    Path missing = temporary.resolve("missing");
    assertRefused(missing, "does not exist");
    Path file = Files.createFile(temporary.resolve("file"));
    assertRefused(file, "is no folder");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), folder);
    assertRefused(link, "is no folder");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
    assertRefused(folder, "run: chmod 700");
  }

  private void assertRefused(Path path, String expected) {
    IOException refused =
        assertThrows(IOException.class, () -> ControlSocket.open(path, table, log.logger()));
    String sentence = Objects.toString(refused.getMessage());
    assertTrue(sentence.contains(expected), sentence);
  }

  @Test
  void staleSocketIsReplacedAndALiveOneIsNot() throws IOException {
    Path file = folder.resolve(ControlSocket.FILE_NAME);
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(file));
    }
    assertTrue(Files.exists(file), "a closed server leaves its file, as a killed one does");
    open();
    assertTrue(exchange("nics").startsWith("OK\n"));
    assertRefused(folder, "another platform already serves");
    assertTrue(exchange("nics").startsWith("OK\n"), "the live one goes on");
  }

  @Test
  void fileInTheWayIsLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve(ControlSocket.FILE_NAME), "precious");
    assertRefused(folder, "is in the way");
    assertEquals("precious", Files.readString(file));
  }

  @Test
  void closeEndsCommandsThreadsDescriptorsAndTheFile() throws Exception {
    try (SocketChannel warmUp = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertTrue(warmUp.isOpen());
    }
    int descriptors = descriptors();
    control.next = new CompletableFuture<>(); // A plug that never ends.
    open();
    List<SocketChannel> waiting = new ArrayList<>();
    for (String start : List.of("plug nic0 tap1\n", "half a line", "")) {
      SocketChannel channel = connect();
      send(channel, start.getBytes(UTF_8));
      waiting.add(channel);
    }
    while (threads().size() < 4) {
      Thread.onSpinWait();
    }
    ControlSocket open = Objects.requireNonNull(socket);
    assertTimeoutPreemptively(Duration.ofSeconds(2), () -> assertTrue(open.close()));
    assertThreadsEnd();
    assertFalse(Files.exists(folder.resolve(ControlSocket.FILE_NAME)));
    for (SocketChannel channel : waiting) {
      assertEquals("", readAll(channel), "cut off without an answer");
      channel.close();
    }
    assertEquals(descriptors, descriptors());
    assertTrue(open.close(), "a second close is harmless");
  }

  @Test
  void manyOpenAndCloseLeakNothing() throws Exception {
    open();
    assertTrue(exchange("nics").startsWith("OK\n"));
    assertTrue(Objects.requireNonNull(socket).close());
    int descriptors = descriptors();
    for (int i = 0; i < 50; i++) {
      open();
      assertTrue(exchange("nics").startsWith("OK\n"));
      assertTrue(Objects.requireNonNull(socket).close());
    }
    assertEquals(descriptors, descriptors());
    assertThreadsEnd();
  }

  /** A client's thread is no client any more some moments before it has ended. */
  private static void assertThreadsEnd() throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (!threads().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(1);
    }
    assertEquals(List.of(), threads());
  }

  private static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("patchbay-control"))
        .toList();
  }
}

package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.MemoryFile;
import org.patchbay.loopback.LoopbackEndpoint;
import org.patchbay.vhostuser.peer.FrontEnd;
import org.patchbay.vhostuser.peer.Payloads;
import org.patchbay.vhostuser.peer.TranscriptLine;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.Request;

/**
 * Sends what real front-ends sent, and compares what is answered with what was answered then. The
 * transcripts were made by {@link org.patchbay.vhostuser.peer.TranscriptRecorder}; no frames were
 * sent meanwhile, so that rings stop where they began.
 */
@Timeout(60)
class TranscriptTest {

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource({
    "qemu-boot-reboot-link, 1",
    "qemu-two-pairs-memory, 2",
    "virtio-user-split, 1",
    "virtio-user-packed-two-pairs, 2",
  })
  void everyReplyIsTheRecordedOne(String name, int pairs) throws Exception {
    List<TranscriptLine> lines = read(name);
    assertTrue(lines.stream().anyMatch(line -> !line.fromFrontEnd()), "there are replies");
    try (NicFixture fixture = new NicFixture(folder)) {
      VhostUserNic nic = fixture.open("vm0", new LoopbackEndpoint(), Map.of("queue-pairs", pairs));
      try (Replay replay = new Replay(FrontEnd.connect(fixture.socket("vm0")))) {
        for (TranscriptLine line : lines) {
          replay.play(line);
        }
      }
      NicFixture.awaitInspected(nic, "connection", "waiting");
      assertEquals("0", NicFixture.inspected(nic, "refusals"));
      assertEquals("none", NicFixture.inspected(nic, "last-error"));
      assertEquals(0, NicFixture.mappings());
    }
  }

  private static List<TranscriptLine> read(String name) throws IOException {
    String resource = "/transcripts/" + name + ".txt";
    try (InputStream in =
        Objects.requireNonNull(TranscriptTest.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(TranscriptLine::parse)
          .toList();
    }
  }

  /** A front-end that sends recorded requests, with descriptors made for them. */
  private static final class Replay implements AutoCloseable {

    private final FrontEnd frontEnd;
    private final Map<String, MemoryFile> files = new HashMap<>();
    private final List<EventFd> events = new ArrayList<>();

    Replay(FrontEnd frontEnd) {
      this.frontEnd = frontEnd;
    }

    void play(TranscriptLine line) throws IOException {
      if (line.fromFrontEnd()) {
        frontEnd.send(line.code(), line.flags(), line.payload(), descriptors(line));
        return;
      }
      try (Message reply = Objects.requireNonNull(frontEnd.receive(), "closed before " + line)) {
        TranscriptLine answered =
            new TranscriptLine(
                false, reply.code(), reply.flags(), reply.payload(), reply.descriptorCount());
        assertEquals(line.toString(), answered.toString());
      }
    }

    private int[] descriptors(TranscriptLine line) throws IOException {
      int[] descriptors = new int[line.descriptors()];
      for (int i = 0; i < descriptors.length; i++) {
        descriptors[i] = descriptor(line, i);
      }
      return descriptors;
    }

    private int descriptor(TranscriptLine line, int index) throws IOException {
      if (Request.of(line.code()) == Request.SET_MEM_TABLE
          || Request.of(line.code()) == Request.ADD_MEM_REG) {
        return file(line.payload(), 8 + 32 * index);
      }
      EventFd event = EventFd.open();
      events.add(event);
      return event.descriptor().value();
    }

    /** The file of a region: the same one for each message that describes the same region. */
    private int file(byte[] payload, int region) throws IOException {
      byte[] description = Arrays.copyOfRange(payload, region, region + 32);
      String key = HexFormat.of().formatHex(description);
      MemoryFile file = files.get(key);
      if (file == null) {
        long size = Payloads.numberAt(description, 8);
        long offset = Payloads.numberAt(description, 24);
        file = MemoryFile.create("replay", offset + size);
        files.put(key, file);
      }
      return file.descriptor().value();
    }

    @Override
    public void close() {
      frontEnd.close();
      files.values().forEach(MemoryFile::close);
      events.forEach(EventFd::close);
    }
  }
}

package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestCommandsTest {
  @TempDir Path temporary;
  private Path etc;

  @BeforeEach
  void makeDistribution() throws IOException {
    etc = Files.createDirectories(temporary.resolve("distribution/etc"));
  }

  private List<String> commands(String home) throws Exception {
    try (Home opened = Home.open(temporary.resolve(home), temporary.resolve("distribution"))) {
      return GuestCommands.of(opened);
    }
  }

  private void configure(String nic, String text) throws IOException {
    Files.writeString(etc.resolve("org.patchbay.vhostuser-" + nic + ".cfg"), text);
  }

  @Test
  void namesTheSocketOfEachNicThatListens() throws Exception {
    configure("vm0", "name=vm0\nsocket=run/vm0.sock\nplug=loopback\n");
    configure("vm1", "name = vm1 \nsocket = /elsewhere/vm1.sock\nmode=listen\n");
    configure("vm2", "name=vm2\nsocket=run/vm2.sock\nmode=connect\n");
    List<String> lines = commands("home");
    String socket = temporary.resolve("home/run/vm0.sock").toString();
    assertEquals(8, lines.size(), lines.toString());
    assertTrue(
        lines.get(1).contains(" -chardev socket,id=vm0,reconnect=1,path=" + socket + " "),
        lines.get(1));
    assertTrue(
        lines.get(3).contains(" --vdev net_virtio_user0,queue_size=256,path=" + socket + " "),
        lines.get(3));
    assertTrue(lines.get(5).contains("id=vm1,reconnect=1,path=/elsewhere/vm1.sock "));
  }

  @Test
  void quotesWhatAShellOrQemuWouldTakeApart() throws Exception {
    configure("vm0", "name=vm0\nsocket=run/vm0.sock\n");
    List<String> lines = commands("it's, a home");
    String quoted = temporary.resolve("it'\\''s,, a home").resolve("run/vm0.sock").toString();
    assertTrue(
        lines.get(1).contains(" -chardev 'socket,id=vm0,reconnect=1,path=" + quoted + "' "),
        lines.get(1));
  }

  @Test
  void saysNothingOfWhatIsNoConfiguration() throws Exception {
    configure("none", "# nothing\n");
    configure("broken", "name=vm0\nsocket=\\u12\n");
    Files.write(etc.resolve("org.patchbay.vhostuser-bytes.cfg"), new byte[] {(byte) 0xff, 0, 1});
    Files.writeString(etc.resolve("org.patchbay.probe-nic0.cfg"), "name=nic0\nsocket=x\n");
    assertEquals(List.of(), commands("home"));
  }
}

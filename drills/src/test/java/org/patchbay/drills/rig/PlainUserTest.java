package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PlainUserTest {
  @Test
  void rootInAnyOfTheFourPlacesIsAPrivilege() {
    for (String line : List.of("Uid:\t0\t65534\t65534\t65534", "Uid:\t1000\t1000\t0\t1000")) {
      assertEquals(Optional.of(line.replace('\t', ' ')), PlainUser.privilege(line));
    }
    assertEquals(Optional.empty(), PlainUser.privilege("Uid:\t1000\t1000\t1000\t1000"));
    assertEquals(Optional.empty(), PlainUser.privilege("Gid:\t0\t0\t0\t0"));
  }

  @Test
  void anyCapabilityIsAPrivilegeButNotTheBoundOfThem() {
    assertTrue(PlainUser.privilege("CapEff:\t0000000000001000").isPresent());
    assertTrue(PlainUser.privilege("CapAmb:\t0000000000000001").isPresent());
    assertEquals(Optional.empty(), PlainUser.privilege("CapEff:\t0000000000000000"));
    assertEquals(Optional.empty(), PlainUser.privilege("CapBnd:\t000001ffffffffff"));
  }

  @Test
  void whatThePlainUserStartsHasNoPrivilegeAndWhatRootStartsHas() throws Exception {
    PlainUser user = PlainUser.find();
    List<String> command = List.of("sh", "-c", "echo up; exec sleep 50");
    try (Cleanup cleanup = Cleanup.open()) {
      Child plain = Child.start(cleanup, "plain", Map.of(), user.prefix().before(command));
      plain.awaitLine("that it runs", Duration.ofSeconds(10), line -> line.text().equals("up"));
      PlainUser.requireNoPrivilege(plain);
      // Who is not root can start nothing that has a privilege.
      if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
        Child root = Child.start(cleanup, "root", Map.of(), command);
        root.awaitLine("that it runs", Duration.ofSeconds(10), line -> line.text().equals("up"));
        assertThrows(RigException.class, () -> PlainUser.requireNoPrivilege(root));
      }
    }
  }
}

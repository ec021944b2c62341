package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.NicSettings;

/** A framework with one NIC under traffic, whose ids are all accounted for in the end. */
abstract class NicFixture {

  @TempDir Path cache;
  FelixFixture felix;
  FelixFixture.Running nic;
  DisconnectableControl control;

  /** What the NIC is made with. */
  NicSettings settings() {
    return NicSettings.of("nic0");
  }

  @BeforeEach
  void start() throws Exception {
    felix = new FelixFixture(cache);
    nic = felix.nic(settings());
    control = nic.control();
  }

  @AfterEach
  void end() throws Exception {
    felix.close();
    assertNull(nic.engine().crash);
    assertNull(nic.engine().violation);
    assertEquals(0, nic.engine().outstanding());
  }

  /** Waits until packets have gone through since now. */
  void traffic() {
    long seen = nic.engine().transmitted.get();
    Waiting.until("traffic flows", () -> nic.engine().transmitted.get() > seen + 100);
  }
}

package org.patchbay.itests;

import static org.junit.Assert.assertEquals;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;

/** A backend that is updated over and over leaves nothing of its former selves behind. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class UpdateIT {

  private static final String NIC = "nic0";
  private static final int UPDATES = 200;

  @Inject private BundleContext context;
  private Rig rig;

  @Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Before
  public void openRig() {
    rig = new Rig(context);
  }

  @After
  public void endTheProbe() throws Exception {
    rig.close();
  }

  @Test
  public void oldClassLoadersAreCollected() throws Exception {
    rig.probe(NIC, Map.of("plug", "loopback", "rate", 2000));
    rig.awaitReceives(NIC);
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    List<WeakReference<ClassLoader>> former = new ArrayList<>();
    int descriptors = Rig.descriptors();
    List<String> threads = Rig.threads();
    for (int i = 0; i < UPDATES; i++) {
      former.add(new WeakReference<>(loopback.adapt(BundleWiring.class).getClassLoader()));
      Rig.update(loopback, "loopback-bundle");
      rig.awaitCurrent(NIC, "loopback");
    }
    rig.awaitReceives(NIC);
    assertEquals("updates", UPDATES, former.stream().distinct().count());
    Await.value(
        "all former class loaders are collected",
        () -> {
          System.gc();
          return former.stream().filter(loader -> loader.get() != null).count();
        },
        left -> left == 0);
    assertEquals("ids outstanding", 0, rig.nic(NIC).statistics().idsOutstanding());
    assertEquals("refused ids", 0, rig.nic(NIC).statistics().refusedIds());
    Await.value(
        "no other thread is left than " + threads,
        Rig::threads,
        now -> now.size() <= threads.size());
    Await.value("no descriptor is left", Rig::descriptors, now -> now <= descriptors);
  }
}

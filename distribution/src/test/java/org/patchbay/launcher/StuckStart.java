package org.patchbay.launcher;

import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A bundle's activator that never comes back from its start. */
public final class StuckStart implements BundleActivator {
  static final String SAID = "the stuck bundle is being started";

  @Override
  public void start(BundleContext context) throws InterruptedException {
    System.out.println(SAID);
    new CountDownLatch(1).await();
  }

  @Override
  public void stop(BundleContext context) {}
}

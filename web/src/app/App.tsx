// The frame that screens stand in.

export function App() {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <h1 className="text-3xl font-semibold tracking-tight">EcosystIA</h1>
    </main>
  );
}

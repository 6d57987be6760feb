import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In development the page comes from Vite and everything else from a server on its usual port. The server knows its own
// address only, so it is told that the page came from there.
const SERVER = process.env.ECOSYSTIA_ADDRESS ?? 'http://127.0.0.1:8080';
const proxied = { target: SERVER, changeOrigin: true, headers: { origin: SERVER } };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { target: 'es2022', sourcemap: true },
  server: { proxy: { '/api': proxied, '/ws': { ...proxied, ws: true, rewriteWsOrigin: true } } },
});
